runbook {
  description = "Load a backup into the running server"
}

variable "backup" {
  type        = string
  default     = "/var/backups/redis.rdb"
  description = "The dump to load"
}

variable "snapshot" {
  type        = string
  default     = "/var/backups/redis-before.rdb"
  description = "Where the data of now is kept for a roll-back"
}

variable "address" {
  type        = string
  default     = "127.0.0.1:6379"
  description = "Where the server listens"
}

redis "main" {
  address = var.address
}

step "fetch-dump" "before" {
  to = var.snapshot
}

step "load-dataset" "backup" {
  path     = var.backup
  snapshot = step.fetch-dump.before.path
}

step "save" "loaded" {
  description = "A crash must not bring the old data back"
}
