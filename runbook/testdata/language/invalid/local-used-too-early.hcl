redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = local.from # ERROR: Declared later: local.from depends on step.save.dump, which is declared later
  to   = "/b"
}

step "save" "dump" {}

locals {
  from = local.path
  path = step.save.dump.path
}
