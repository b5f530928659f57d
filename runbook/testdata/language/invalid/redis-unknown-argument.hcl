redis "main" {
  adress = "localhost:6379" # ERROR: Unknown argument: .*Did you mean "address"?
  address = "localhost:6379"
}

step "save" "dump" {}
