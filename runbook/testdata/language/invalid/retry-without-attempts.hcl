redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "a" {
  retry { # ERROR: Missing argument: The argument "attempts" is required in a retry block
    delay = "1s"
  }
}

step "save" "dump" {}
