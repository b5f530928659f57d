redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = var # ERROR: Incomplete reference: "var" alone is no value: write var.NAME
  to   = "/b"
}

step "save" "dump" {}
