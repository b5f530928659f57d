runbook {
  description = "Stop the server, and start it again"
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

step "save" "before" {}

step "stop-service" "redis" {
  timeout = "2m" # a big dataset takes a while to be saved
}

step "start" "redis" {}
