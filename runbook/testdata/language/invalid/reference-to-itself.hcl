redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = step.copy.a.path # ERROR: Declared later: step.copy.a is declared later, at line 5
  to   = "/b"
}

step "save" "dump" {}
