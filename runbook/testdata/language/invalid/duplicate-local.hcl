redis "main" {
  address = "127.0.0.1:6379"
}

locals {
  a = 1
}

locals {
  a = 2 # ERROR: Duplicate local: .*local.a at line 6
}

step "save" "dump" {}
