redis "main" {
  address = "127.0.0.1:6379"
}

variable "a" {
  type = "string" # ERROR: Invalid type: .*without quotes
}

step "save" "dump" {}
