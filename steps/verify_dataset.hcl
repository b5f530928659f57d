runbook {
  description = "Compare what the server holds with a dump of it"
}

variable "backup" {
  type        = string
  default     = "/var/backups/redis.rdb"
  description = "The dump to compare with"
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

# The server was not started from the dump here, so its counters of the last load
# say nothing of it.
step "verify-dataset" "backup" {
  path     = var.backup
  restored = false
}

output "compared" {
  value = step.verify-dataset.backup.compared
}
