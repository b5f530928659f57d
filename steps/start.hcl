runbook {
  description = "Start the server after a stop"
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

step "stop-service" "redis" {}

step "start" "redis" {
  timeout     = "10m" # loading counts
  allow_empty = false # a plan that would start without the data is refused
}
