redis "main" {
  address = "127.0.0.1:6379"
}

locals {
  from = step.save.dump.path # ERROR: Declared later: step.save.dump is declared later
}

step "save" "dump" {}
