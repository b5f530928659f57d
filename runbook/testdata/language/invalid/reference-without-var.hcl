redis "main" {
  address = "127.0.0.1:6379"
}

variable "backup" {
  default = "/a"
}

step "copy" "a" {
  from = backup # ERROR: Unknown reference: Did you mean var.backup?
  to   = "/b"
}

step "save" "dump" {}
