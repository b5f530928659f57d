redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = redis.mian.dump # ERROR: Undeclared redis block: .*Did you mean redis.main?
  to   = "/b"
}

step "save" "dump" {}
