redis "main" {
  address = "127.0.0.1:6379"
}

variable "backup" {
  default = "/a"
}

step "copy" "a" {
  from = var.bakup # ERROR: Undeclared variable: There is no variable var.bakup. Did you mean var.backup?
  to   = "/b"
}

step "save" "dump" {}
