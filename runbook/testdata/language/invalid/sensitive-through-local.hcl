redis "main" {
  address = "127.0.0.1:6379"
}

variable "password" {
  sensitive = true
}

locals {
  to = { path = "/backups/${var.password}" }
}

step "copy" "a" {
  from   = "/a"
  to     = "/b"
  labels = local.to # ERROR: Sensitive value in a plain argument: The argument "labels"
}

step "save" "dump" {}

# ENV: password=canary-3
