redis "main" {
  address = "127.0.0.1:6379"
}

step "nothing" "a" {}

step "copy" "a" {
  from = step.nothing.a.path # ERROR: This kind of step has no outputs
  to   = "/b"
}
