redis "main" {
  address = "127.0.0.1:6379"
}

step "verify-key" "a" {
  key = "a"
  key = "b" # ERROR: Attribute redefined
}

step "save" "dump" {}
