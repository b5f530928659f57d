redis "main" {
  address = "localhost:6379"
  config  = "redis.conf" # ERROR: Invalid config: "redis.conf": the path must be absolute
}

step "save" "dump" {}
