redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = variable.backup # ERROR: Unknown reference: There is nothing called "variable". Did you mean "var"?
  to   = "/b"
}

step "save" "dump" {}
