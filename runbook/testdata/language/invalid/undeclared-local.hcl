redis "main" {
  address = "127.0.0.1:6379"
}

locals {
  path = "/a"
}

step "copy" "a" {
  from = local.paht # ERROR: Undeclared local: .*Did you mean local.path?
  to   = "/b"
}

step "save" "dump" {}
