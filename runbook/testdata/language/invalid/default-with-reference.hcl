redis "main" {
  address = "127.0.0.1:6379"
}

variable "a" {
  default = redis.main.dump # ERROR: Invalid default: The default of the variable "a" is read before anything else has a value
}

step "save" "dump" {}
