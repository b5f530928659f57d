variable "service" {
  default = null
}

redis "main" {
  address = "127.0.0.1:6379"
  service = var.service

  process {
    command = var.service == null ? ["redis-server", "/etc/redis/redis.conf"] : null
  }
}

step "save" "dump" {}
