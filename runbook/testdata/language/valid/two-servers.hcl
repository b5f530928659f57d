variable "port" {
  type    = number
  default = 6379
}

locals {
  host = "localhost"
}

redis "main" {
  address  = "${local.host}:${var.port}"
  username = "backup"

  tls {
    ca          = "/tls/ca.pem"
    server_name = "redis.example"
  }
}

redis "replica" {
  address = "${local.host}:${var.port + 1}"
}

step "save" "one" {
  redis = "main"
}

step "save" "two" {
  redis = redis.replica
  when  = step.save.one.size > 100
}

step "nothing" "ever" {}

output "both" {
  value = [redis.main.version, redis.replica.version, step.save.two.path]
}
