runbook {
  description = "Copy the dump to another directory"
}

variable "directory" {
  type        = string
  default     = "/var/backups"
  description = "Where the copy goes"
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

step "save" "now" {}

step "copy" "dump" {
  from = step.save.now.path
  to   = "${var.directory}/redis-${formatdate("YYYY-MM-DD-hhmmss", timestamp())}.rdb"
  mode = "0600"
}

output "sha256" {
  value = step.copy.dump.sha256
}
