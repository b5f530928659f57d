runbook {
  description = "Look at the dump of some time ago"
}

variable "repository" {
  type        = string
  default     = "/var/backups/redis-increments"
  description = "The rdiff-backup repository"
}

variable "at" {
  type        = string
  default     = "3D"
  description = "As of when: now, 3D, 2026-11-25"
}

variable "directory" {
  type        = string
  default     = "/var/backups"
  description = "Where the dump is put; a directory that nobody else can write to"
}

step "rdiff-restore" "dump" {
  from = var.repository
  path = "dump.rdb"
  at   = var.at
  to   = "${var.directory}/dump-of-then.rdb"
}

step "verify-dump" "dump" {
  path = step.rdiff-restore.dump.path
}
