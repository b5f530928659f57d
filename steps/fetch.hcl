runbook {
  description = "Bring a dump from another machine"
}

variable "host" {
  type        = string
  default     = "backup.example.org"
  description = "The other machine, as ssh takes it"
}

variable "backup" {
  type        = string
  description = "Path of the dump there"
}

variable "directory" {
  type        = string
  default     = "/var/backups/redis"
  description = "Existing directory here"
}

variable "ssh_config" {
  type        = string
  default     = null
  description = "An ssh configuration in place of the user's own"
}

step "fetch" "dump" {
  host       = var.host
  from       = var.backup
  to         = "${var.directory}/redis-${formatdate("YYYYMMDD-hhmmss", timestamp())}.rdb"
  ssh_config = var.ssh_config
}

step "verify-dump" "dump" {
  path   = step.fetch.dump.path
  sha256 = step.fetch.dump.sha256
}

output "keys" {
  value = step.verify-dump.dump.keys
}
