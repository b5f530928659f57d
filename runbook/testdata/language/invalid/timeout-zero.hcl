redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "a" {
  timeout = "0s" # ERROR: Invalid duration: The argument "timeout": a timeout of nothing would end every step
}

step "save" "dump" {}
