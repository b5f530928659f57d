redis "main" {
  address = "127.0.0.1:6379"
}

# ENV: password=canary-2
variable "password" {
  sensitive = true

  validation {
    condition     = length(var.password) > 20 # ERROR: Invalid value of a variable: .*the message is not shown, since it holds a sensitive value
    error_message = "${var.password} is too short."
  }
}

step "save" "dump" {}
