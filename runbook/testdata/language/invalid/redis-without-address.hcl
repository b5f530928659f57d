redis "main" { # ERROR: Missing argument: The argument "address" is required in a redis block
  service = "redis.service"
}

step "save" "dump" {}
