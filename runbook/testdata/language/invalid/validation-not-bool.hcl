redis "main" {
  address = "127.0.0.1:6379"
}

variable "a" {
  default = "/a"

  validation {
    condition     = [var.a] # ERROR: Condition is not a bool
    error_message = "no"
  }
}

step "save" "dump" {}
