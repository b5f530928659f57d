redis "main" {
  address = "127.0.0.1:6379"
}

variable "password" { # ERROR: Missing variable: .*REDBOOK_VAR_password in the environment.*other users can see the command line
  sensitive = true
  type      = string
}

step "save" "dump" {}
