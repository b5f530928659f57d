redis "main" {
  address = "127.0.0.1:6379"
}

variable "a" {}

variable "a" {} # ERROR: Duplicate variable: .*variable var.a at line 5

step "save" "dump" {}
