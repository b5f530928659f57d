redis "main" {
  address = "127.0.0.1:6379"
}

step "verify-key" "a" {
  key     = "a"
  min_ttl = "1 hour" # ERROR: Invalid value: The argument "min_ttl": "1 hour" is not a duration: write a number and a unit
}

step "save" "dump" {}
