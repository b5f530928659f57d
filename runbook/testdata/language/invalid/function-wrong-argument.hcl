redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = upper(["a"]) # ERROR: Invalid function argument: .*string required
  to   = "/b"
}

step "save" "dump" {}
