redis "main" {
  address = "127.0.0.1:6379"
}

setp "save" "again" {} # ERROR: Unknown block: There is no block "setp" in a runbook file. Did you mean "step"?

step "save" "dump" {}
