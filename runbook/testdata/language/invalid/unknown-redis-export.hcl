redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = redis.main.dumps # ERROR: Unknown attribute: redis.main has no "dumps". Did you mean redis.main.dump?
  to   = "/b"
}

step "save" "dump" {}
