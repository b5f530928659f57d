runbook {
  description = "Add the data of now to a repository of increments"
}

variable "repository" {
  type        = string
  default     = "/var/backups/redis-increments"
  description = "The rdiff-backup repository"
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

step "rdiff-backup" "now" {
  to   = var.repository
  keep = "30D" # older increments are removed, for good
}

output "increments" {
  value = step.rdiff-backup.now.increments
}
