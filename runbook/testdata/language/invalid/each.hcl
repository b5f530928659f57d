redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = each.value # ERROR: Unknown reference: There is nothing called "each": a reference begins with var, local, redis or step
  to   = "/b"
}

step "save" "dump" {}
