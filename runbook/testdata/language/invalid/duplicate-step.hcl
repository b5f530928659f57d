redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "dump" {}

step "save" "dump" {} # ERROR: Duplicate step: There is already a step step.save.dump at line 5
