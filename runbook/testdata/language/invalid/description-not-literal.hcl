redis "main" {
  address = "127.0.0.1:6379"
}

runbook {
  description = "at ${timestamp()}" # ERROR: Not a literal: The argument "description" is read before any variable has a value
}

step "save" "dump" {}
