redis "main" {
  address = "127.0.0.1:6379"
}

locals {
  address = redis.main.address
}

redis "two" {
  address = local.address # ERROR: Reference not possible here: local.address depends on redis.main, which cannot be used in a redis block
}

step "nothing" "a" {}
