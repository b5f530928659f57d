redis "main" {
  address = "127.0.0.1:6379"
}

variable "server" {}

step "save" "a" {
  redis = var.server # ERROR: Not a literal
}

step "save" "dump" {}
