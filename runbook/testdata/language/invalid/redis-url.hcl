redis "main" {
  address = "rediss://localhost:6379" # ERROR: Invalid address: .*TLS is asked for with a tls block
}

step "save" "dump" {}
