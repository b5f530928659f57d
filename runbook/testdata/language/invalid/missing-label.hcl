redis "main" {
  address = "127.0.0.1:6379"
}

step "save" {} # ERROR: Missing name for step

step "save" "dump" {}
