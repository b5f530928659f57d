redis "main" {
  address = "unix:///run/redis/redis.sock"
  service = "redis-server.service"
}

step "save" "dump" {}
