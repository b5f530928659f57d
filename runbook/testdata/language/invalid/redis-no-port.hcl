redis "main" {
  address = "localhost" # ERROR: Invalid address: .*not host:port: write "127.0.0.1:6379" or
}

step "save" "dump" {}
