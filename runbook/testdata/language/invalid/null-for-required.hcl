redis "main" {
  address = "127.0.0.1:6379"
}

step "verify-key" "a" {
  key = null # ERROR: Null for a required argument: The argument "key" is required
}

step "save" "dump" {}
