redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "dump" {}

step "copy" "a" {
  from = save.dump.path # ERROR: Unknown reference: Did you mean step.save.dump.path?
  to   = "/b"
}
