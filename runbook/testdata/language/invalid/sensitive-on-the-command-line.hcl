redis "main" {
  address = "127.0.0.1:6379"
}

# GIVEN: password=canary-4
variable "password" { # ERROR: Sensitive value on the command line: --var gives "password", which is sensitive: give it as REDBOOK_VAR_password
  sensitive = true
}

step "save" "dump" {}
