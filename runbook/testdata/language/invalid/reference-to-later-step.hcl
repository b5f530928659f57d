redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = step.save.dump.path # ERROR: Declared later: step.save.dump is declared later, at line 10; steps see only earlier ones
  to   = "/b"
}

step "save" "dump" {}
