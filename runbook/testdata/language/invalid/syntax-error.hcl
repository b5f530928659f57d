redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "dump" { # ERROR: Unclosed configuration block
