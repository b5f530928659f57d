redis "main" {
  address = "127.0.0.1:6379"
}

variable "keys" {
  type    = number
  default = 0

  validation {
    condition     = var.keys > 0 # ERROR: Invalid value of a variable: The value of "keys" is refused: at least one, not 0.
    error_message = "at least one, not ${var.keys}."
  }
}

step "save" "dump" {}
