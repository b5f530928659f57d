redis "main" {
  address = "127.0.0.1:6379"
}

step "verify-key" "a" {
  key = "a"
  db  = 1.5 # ERROR: Invalid value: The argument "db": it must be a whole number
}

step "save" "dump" {}
