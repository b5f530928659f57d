runbook {
  description = "Check a dump from end to end, and that this server could load it"
}

variable "backup" {
  type        = string
  default     = "/var/backups/redis.rdb"
  description = "The dump to check"
}

variable "address" {
  type        = string
  default     = "127.0.0.1:6379"
  description = "Where the server listens"
}

variable "process" {
  type        = list(string)
  default     = null
  description = "Command that starts the server, where no systemd does"
}

redis "main" {
  address = var.address
  service = var.process == null ? "redis-server.service" : null
  process {
    command = var.process
  }
}

step "verify-dump" "backup" {
  path     = var.backup
  min_keys = 1
}

output "keys" {
  value = step.verify-dump.backup.keys
}

output "created" {
  value = step.verify-dump.backup.created
}
