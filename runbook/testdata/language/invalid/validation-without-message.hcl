redis "main" {
  address = "127.0.0.1:6379"
}

variable "a" {
  default = "/a"

  validation { # ERROR: Missing argument: The argument "error_message" is required in a validation block
    condition = var.a != ""
  }
}

step "save" "dump" {}
