redis "main" {
  address = "127.0.0.1:6379"
}

variable "password" {
  sensitive = true
}

step "copy" "a" {
  from = "/a"
  to   = "/backups/${var.password}" # ERROR: Sensitive value in a plain argument: The argument "to" is shown in plans
}

step "save" "dump" {}

# ENV: password=canary-3
