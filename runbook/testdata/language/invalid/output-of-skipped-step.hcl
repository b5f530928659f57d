redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "dump" {
  when = false
}

step "copy" "a" {
  from = step.save.dump.path # ERROR: Null for a required argument: .*after a step that was skipped its outputs are null
  to   = "/b"
}
