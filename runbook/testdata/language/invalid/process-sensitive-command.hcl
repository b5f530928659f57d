variable "password" {
  sensitive = true
}

redis "main" {
  address = "localhost:6379"
  process {
    command = ["redis-server", "--requirepass", var.password] # ERROR: Sensitive value in a plain argument: The argument "command"
  }
}

step "save" "dump" {}

# ENV: password=canary-3
