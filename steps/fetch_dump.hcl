runbook {
  description = "Back up a server whose disk cannot be reached"
}

variable "directory" {
  type        = string
  default     = "/var/backups/redis"
  description = "Existing directory that the backup is put in"
}

variable "address" {
  type        = string
  default     = "127.0.0.1:6379"
  description = "Where the server listens"
}

redis "main" {
  address = var.address
}

step "fetch-dump" "now" {
  to = "${var.directory}/redis-${formatdate("YYYYMMDD-hhmmss", timestamp())}.rdb"
}

output "keys" {
  value = step.fetch-dump.now.keys
}
