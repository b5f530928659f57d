redis "main" {
  address = "localhost:6379"
  tls {
    cert = "/tls/redis.crt" # ERROR: Missing argument: A client certificate needs its private key
  }
}

step "save" "dump" {}
