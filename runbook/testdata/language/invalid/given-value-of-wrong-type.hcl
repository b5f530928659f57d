redis "main" {
  address = "127.0.0.1:6379"
}

# GIVEN: a=many
variable "a" { # ERROR: Invalid value of a variable: The value that --var gives for "a" is not a number: it must be a literal
  type = number
}

step "save" "dump" {}
