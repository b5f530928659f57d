redis "main" {
  address = null # ERROR: Null for a required argument: The argument "address" is required
}

step "save" "dump" {}
