redis "main" {
  address = "localhost:6379"
  process { # ERROR: Missing argument: The argument "command" is required in a process block
  }
}

step "save" "dump" {}
