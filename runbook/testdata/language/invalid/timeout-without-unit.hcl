redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "a" {
  timeout = 300 # ERROR: Invalid duration: The argument "timeout": "300" is not a duration: write a number and a unit
}

step "save" "dump" {}
