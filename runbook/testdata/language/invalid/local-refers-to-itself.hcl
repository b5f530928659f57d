redis "main" {
  address = "127.0.0.1:6379"
}

locals {
  a = "${local.a}" # ERROR: Cycle of locals
}

step "save" "dump" {}
