redis "main" {
  address = "127.0.0.1:6379"
}

redis "main" { # ERROR: Duplicate redis block: .*redis.main at line 1
  address = "127.0.0.1:6379"
}


step "save" "dump" {}
