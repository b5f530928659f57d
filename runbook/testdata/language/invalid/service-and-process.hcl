redis "main" {
  address = "localhost:6379"
  service = "redis.service" # ERROR: Both service and process: The redis block "main" has a service and a process block
  process {
    command = ["redis-server"]
  }
}

step "save" "dump" {}
