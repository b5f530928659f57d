redis "main" {
  address = "127.0.0.1:6379"
}

step "login" "a" {
  token = sensitive("x")
  size  = 1
  argv  = "ls -l" # ERROR: Wrong type: The argument "argv" is a list of strings, and this is a string: write it as \["a", "b"\]
}

step "save" "dump" {}
