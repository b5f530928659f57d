redis "main" {
  address = "127.0.0.1:6379"
}

variable "a" {
  default = 1
}

variable "b" {
  default = 1

  validation {
    condition     = var.a > 0 # ERROR: Validation of something else: The condition does not look at var.b
    error_message = "no"
  }
}

step "save" "dump" {}
