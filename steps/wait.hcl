runbook {
  description = "Wait until nothing is being saved"
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

step "wait" "no-save" {
  field    = "rdb_bgsave_in_progress"
  equals   = "0"
  interval = "200ms"
  timeout  = "10m"
}
