redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = main.dump # ERROR: Unknown reference: Did you mean redis.main.dump?
  to   = "/b"
}

step "save" "dump" {}
