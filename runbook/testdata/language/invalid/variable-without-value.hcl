redis "main" {
  address = "127.0.0.1:6379"
}

variable "backup" { # ERROR: Missing variable: The variable "backup" \(the dump to restore\) has no value .*--var backup=VALUE.*--var-file.*REDBOOK_VAR_backup
  description = "the dump to restore"
}

step "save" "dump" {}
