runbook {
  description = "Restart a primary and see its replicas follow it again"
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

step "check-topology" "before" {}

step "stop-service" "redis" {}

step "start" "redis" {}

step "wait-replicas" "all" {
  when  = step.check-topology.before.replicas > 0
  count = step.check-topology.before.replicas
}
