redis "main" {
  address = "localhost:6379"
  tls {}
  tls {} # ERROR: Second tls block
}

step "save" "dump" {}
