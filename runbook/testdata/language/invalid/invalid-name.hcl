redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "the dump" {} # ERROR: Invalid name: "the dump" cannot be the name of a step
