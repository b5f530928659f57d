redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "a" "b" {} # ERROR: Extraneous label for step

step "save" "dump" {}
