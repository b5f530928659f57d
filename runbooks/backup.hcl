# Backs up a server while it serves: writes its dump now, copies it to a file
# named after the time, and checks every byte of that copy on its way to the disk.
#
# Use it by hand before a change, or from a timer. It never overwrites a backup
# and never stops the server. AOF or not makes no difference: the dump holds
# all data of the moment of the save.
#
#   redbook run backup.hcl --var directory=/var/backups/redis

runbook {
  description = "Back up the data to a dated file, verified"
}

variable "directory" {
  type        = string
  default     = "/var/backups/redis"
  description = "Existing directory that the backup is put in"
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

step "save" "now" {
  description = "The dump on disk may be hours old: bring it up to date"
}

step "copy" "backup" {
  from = step.save.now.path
  to   = "${var.directory}/redis-${formatdate("YYYYMMDD-hhmmss", timestamp())}.rdb"
  mode = "0600"
}

step "verify-dump" "backup" {
  description = "Structure, checksum and SHA-256 of what was written"
  path        = step.copy.backup.path
  sha256      = step.copy.backup.sha256
}

output "backup" {
  value       = step.copy.backup.path
  description = "The new backup"
}

output "keys" {
  value       = step.verify-dump.backup.keys
  description = "Number of keys in it"
}
