redis "main" {
  address = "127.0.0.1:6379"
}

variable "a" {
  type = strnig # ERROR: Invalid type: .*A type is string, number, bool
}

step "save" "dump" {}
