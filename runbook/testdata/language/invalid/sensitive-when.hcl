redis "main" {
  address = "127.0.0.1:6379"
}

variable "password" {
  sensitive = true
}

step "save" "a" {
  when = var.password != "" # ERROR: Sensitive value in a plain argument: Whether a step runs is shown to everyone
}

step "save" "dump" {}

# ENV: password=canary-3
