redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "a" {
  timeout = "soon" # ERROR: Invalid duration: The argument "timeout": "soon" is not a duration
}

step "save" "dump" {}
