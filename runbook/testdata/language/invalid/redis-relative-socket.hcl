redis "main" {
  address = "unix://run/redis.sock" # ERROR: Invalid address: .*three slashes
}

step "save" "dump" {}
