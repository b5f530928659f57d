redis "main" {
  address = "127.0.0.1:6379"
}

variable "password" {
  sensitive = true
}

output "password" {
  value = "it is ${var.password}" # ERROR: Sensitive output: The output "password" holds a sensitive value: add sensitive = true
}

step "save" "dump" {}

# ENV: password=canary-3
