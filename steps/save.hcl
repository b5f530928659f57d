runbook {
  description = "Write the dump now"
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

step "save" "now" {
  background = true # BGSAVE: clients are served meanwhile
}

output "dump" {
  value       = step.save.now.path
  description = "The dump that is up to date now"
}
