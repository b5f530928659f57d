redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = base("/a") # ERROR: Unknown function: There is no function "base". The functions are
  to   = "/b"
}

step "save" "dump" {}
