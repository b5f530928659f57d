redis "main" {
  address = "127.0.0.1:6379"
}

output "a" {
  value = 1
}

output "a" { # ERROR: Duplicate output
  value = 2
}

step "save" "dump" {}
