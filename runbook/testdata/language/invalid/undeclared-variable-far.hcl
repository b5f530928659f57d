redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = var.source # ERROR: Undeclared variable: .*Declare it: variable "source" {}
  to   = "/b"
}

step "save" "dump" {}
