redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "a" {
  retry {
    attempts = 0 # ERROR: Invalid value: The argument "attempts" counts all attempts, the first included
  }
}

step "save" "dump" {}
