# Pushes a backup to another machine over ssh, checked there by its SHA-256: to keep it
# away from the server, or to restore it on a new one by that machine's restore.hcl.
#
# ssh is the system's own, with the configuration, keys, agent and known_hosts of the user who runs
# this; nothing is asked for. A transfer that breaks off is tried again and goes on where it
# ended, later by redbook resume too. A backup that is there already is left alone.
#
#   redbook run push-backup.hcl --var host=backup@new.example.org \
#       --var backup=/var/backups/redis/redis-….rdb

runbook {
  description = "Push a backup to another machine, verified"
}

variable "backup" {
  type        = string
  description = "The dump to push"
}

variable "host" {
  type        = string
  description = "The other machine: host, user@host, ssh://user@host:port or a name of the ssh configuration"
}

variable "directory" {
  type        = string
  default     = "/var/backups/redis"
  description = "Existing directory there that the backup is put in"
}

variable "ssh_config" {
  type        = string
  default     = null
  description = "An ssh configuration in place of the user's own"
}

step "verify-dump" "backup" {
  path = var.backup
}

step "push" "backup" {
  from       = var.backup
  host       = var.host
  to         = "${var.directory}/${basename(var.backup)}"
  ssh_config = var.ssh_config
  timeout    = "12h"
  on_failure = "stop"
  retry {
    attempts = 3
    delay    = "10s"
  }
}

output "backup" {
  value       = step.push.backup.path
  description = "The backup there"
}

output "sha256" {
  value       = step.push.backup.sha256
  description = "SHA-256 of it"
}
