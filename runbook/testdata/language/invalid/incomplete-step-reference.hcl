redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "dump" {}

step "copy" "a" {
  from = step.save # ERROR: Incomplete reference: A step is named by its kind and its name
  to   = "/b"
}
