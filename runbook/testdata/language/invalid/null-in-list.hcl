redis "main" {
  address = "127.0.0.1:6379"
}

step "login" "a" {
  token = sensitive("x")
  size  = 1
  argv  = ["ls", null] # ERROR: Invalid value: The argument "argv": an element is null: leave it out
}

step "save" "dump" {}
