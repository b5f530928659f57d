redis "main" {
  address  = "localhost:6379"
  password = "hunter2" # WARNING: Password in the runbook: Everyone who can read the runbook can read the password
}

step "save" "dump" {}
