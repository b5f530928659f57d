redis "main" {
  address = "127.0.0.1:6379"
}

locals {
  a { # ERROR: Unexpected "a" block
  }
}

step "save" "dump" {}
