redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "a" {
  on_failure = "roll-back" # ERROR: Invalid value: The argument "on_failure" cannot be "roll-back". Did you mean "rollback"?
}

step "save" "dump" {}
