redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "dump" {}

step "save" "again" {
  timeout = "${step.save.dump.size}s" # ERROR: Known only in the run: step.save.dump.size .*the argument "timeout"
}
