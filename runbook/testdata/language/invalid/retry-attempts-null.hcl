redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "a" {
  retry {
    attempts = null # ERROR: Null for a required argument: The argument "attempts"
  }
}

step "save" "dump" {}
