redis "main" {
  address = "127.0.0.1:6379"
}

step "frobnicate" "a" {} # ERROR: Unknown step kind: .*The kinds are copy, login, nothing, save and verify-key

step "save" "dump" {}
