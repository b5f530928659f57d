# Fetches a backup from another machine over ssh and verifies it, for restore.hcl to put it
# back on this one.
#
# ssh is the system's own, with the configuration, keys, agent and known_hosts of the user who runs
# this; nothing is asked for. A transfer that breaks off is tried again and goes on where it
# ended, later by redbook resume too. A backup that is here already is left alone.
#
#   redbook run fetch-backup.hcl --var host=backup@old.example.org \
#       --var backup=/var/backups/redis/redis-….rdb

runbook {
  description = "Fetch a backup from another machine, verified"
}

variable "backup" {
  type        = string
  description = "Path of the dump there"
}

variable "host" {
  type        = string
  description = "The other machine: host, user@host, ssh://user@host:port or a name of the ssh configuration"
}

variable "directory" {
  type        = string
  default     = "/var/backups/redis"
  description = "Existing directory here that the backup is put in"
}

variable "sha256" {
  type        = string
  default     = null
  description = "The SHA-256 that it must have"
}

variable "ssh_config" {
  type        = string
  default     = null
  description = "An ssh configuration in place of the user's own"
}

step "fetch" "backup" {
  host       = var.host
  from       = var.backup
  to         = "${var.directory}/${basename(var.backup)}"
  sha256     = var.sha256
  ssh_config = var.ssh_config
  timeout    = "12h"
  on_failure = "stop"
  retry {
    attempts = 3
    delay    = "10s"
  }
}

step "verify-dump" "backup" {
  path   = step.fetch.backup.path
  sha256 = step.fetch.backup.sha256
}

output "backup" {
  value       = step.fetch.backup.path
  description = "The new backup"
}

output "keys" {
  value       = step.verify-dump.backup.keys
  description = "Number of keys in it"
}
