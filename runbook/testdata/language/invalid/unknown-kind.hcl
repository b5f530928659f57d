redis "main" {
  address = "127.0.0.1:6379"
}

step "vrify-key" "a" {} # ERROR: Unknown step kind: .*Did you mean "verify-key"?

step "save" "dump" {}
