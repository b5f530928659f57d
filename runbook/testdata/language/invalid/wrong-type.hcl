redis "main" {
  address = "127.0.0.1:6379"
}

step "verify-key" "a" {
  key = "a"
  db  = "zero" # ERROR: Wrong type: The argument "db" is a whole number, and this is a string: write it as 42
}

step "save" "dump" {}
