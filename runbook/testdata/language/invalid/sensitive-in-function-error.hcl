redis "main" {
  address = "127.0.0.1:6379"
}

# ENV: day=canary-1
variable "day" {
  sensitive = true
}

step "login" "a" {
  token = parseint(var.day, 10) # ERROR: Invalid function argument: The call fails. What it says is not shown
  argv  = ["true"]
  size  = 1
}

step "save" "dump" {}
