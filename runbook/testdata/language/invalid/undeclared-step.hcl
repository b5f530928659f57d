redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "dump" {}

step "copy" "a" {
  from = step.save.dmup.path # ERROR: Undeclared step: .*Did you mean step.save.dump?
  to   = "/b"
}
