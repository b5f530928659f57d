redis "main" {
  address = "127.0.0.1:6379"
}

output "a" { # ERROR: Missing argument: The argument "value" is required in an output block
}

step "save" "dump" {}
