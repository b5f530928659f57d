redis "main" {
  address = "127.0.0.1:6379"
}

locals {
  a = local.b # ERROR: Cycle of locals: local.a depends on itself
  b = local.a # ERROR: Cycle of locals: local.b depends on itself
}

step "save" "dump" {}
