# Backs up a server while it serves, as increments: its dump of now, the AOF if it is
# on, redis.conf with all that it includes and the ACL file, in one rdiff-backup
# repository that holds the newest state as plain files and goes back to any older.
#
# Use it from a timer, in place of a crontab line that runs rdiff-backup on the data
# directory itself: that leaves files out which change meanwhile, and ends with 0. Here a
# consistent set is put together first, every warning is a failure, and the new
# increment is read back. restore-increment.hcl restores from it.
#
#   redbook run backup-increments.hcl --var repository=/var/backups/redis-increments --var keep=30D

runbook {
  description = "Back up data and configuration as an increment, verified"
}

variable "repository" {
  type        = string
  default     = "/var/backups/redis-increments"
  description = "The rdiff-backup repository, made when it is not there; the set is put together beside it"
}

variable "keep" {
  type        = string
  default     = null
  description = "Remove increments that are older, for good: 30D, 12W; all are kept when it is not given"
}

variable "address" {
  type        = string
  default     = "127.0.0.1:6379"
  description = "Where the server listens: host:port or unix:///path"
}

variable "username" {
  type        = string
  default     = null
  description = "The ACL user that redbook is; docs/acl.md says what it must be allowed"
}

variable "password" {
  type        = string
  sensitive   = true
  default     = null
  description = "The server's password; give it as REDBOOK_VAR_password"
}

variable "service" {
  type        = string
  default     = "redis-server.service"
  description = "The systemd unit that runs the server"
}

variable "process" {
  type        = list(string)
  default     = null
  description = "Command that starts the server, where no systemd does"
}

variable "config" {
  type        = string
  default     = null
  description = "Path of redis.conf; the running server is asked when it is not given"
}

redis "main" {
  address  = var.address
  username = var.username
  password = var.password
  config   = var.config
  service  = var.process == null ? var.service : null
  process {
    command = var.process
  }
}

step "rdiff-backup" "now" {
  to   = var.repository
  keep = var.keep
}

output "increment" {
  value       = step.rdiff-backup.now.increment
  description = "Time of the new increment"
}

output "increments" {
  value       = step.rdiff-backup.now.increments
  description = "Times of all increments, oldest first"
}
