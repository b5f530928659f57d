redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "dump" {}

step "copy" "a" {
  from = step.save.dump.file # ERROR: Unknown attribute: step.save.dump has no "file". The outputs of save are path, size, keys and names
  to   = "/b"
}
