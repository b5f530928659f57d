redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "dump" {}

step "copy" "a" {
  from = "/a"
  to   = "/backups/${step.save.dump.size}.rdb" # ERROR: Known only in the run: step.save.dump.size is known only when the steps before have run, and the argument "to" must be known
}
