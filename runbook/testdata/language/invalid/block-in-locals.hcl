redis "main" {
  address = "127.0.0.1:6379"
}

locals {
  a { # ERROR: Block in locals: .*write NAME = { … } with an equals sign
  }
}

step "save" "dump" {}
