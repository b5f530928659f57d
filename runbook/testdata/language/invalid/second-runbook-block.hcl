redis "main" {
  address = "127.0.0.1:6379"
}

runbook {
  description = "one"
}

runbook { # ERROR: Second runbook block: .*there is one at line 5
  description = "two"
}

step "save" "dump" {}
