redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "a" {
  retry {
    attempts = 2
    delay    = "x" # ERROR: Invalid duration: The argument "delay"
  }
}

step "save" "dump" {}
