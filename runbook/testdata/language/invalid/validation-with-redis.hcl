redis "main" {
  address = "127.0.0.1:6379"
}

variable "a" {
  default = "/a"

  validation {
    condition     = var.a != redis.main.dump # ERROR: Reference not possible here: redis.main cannot be used in a validation block
    error_message = "no"
  }
}

step "save" "dump" {}
