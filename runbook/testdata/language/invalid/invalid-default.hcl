redis "main" {
  address = "127.0.0.1:6379"
}

variable "a" {
  type    = number
  default = "many" # ERROR: Invalid default: The default of the variable "a" does not fit its type number: a number is required
}

step "save" "dump" {}
