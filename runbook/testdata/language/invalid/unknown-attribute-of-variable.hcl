redis "main" {
  address = "127.0.0.1:6379"
}

variable "limits" {
  type    = object({ keys = number })
  default = { keys = 1 }
}

step "verify-key" "a" {
  key = "a"
  db  = var.limits.kyes # ERROR: Unknown attribute: var.limits has no "kyes". Did you mean var.limits.keys?
}

step "save" "dump" {}
