redis "main" {
  address = "127.0.0.1:6379"
}

address = "x" # ERROR: Unknown block: There is no block "address" in a runbook file. The blocks are

step "save" "dump" {}
