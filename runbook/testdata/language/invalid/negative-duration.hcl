redis "main" {
  address = "127.0.0.1:6379"
}

step "verify-key" "a" {
  key     = "a"
  min_ttl = "-5s" # ERROR: "-5s" is negative
}

step "save" "dump" {}
