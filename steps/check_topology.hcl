runbook {
  description = "Stop a server only where that breaks nothing else"
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

variable "allow_topology" {
  type        = list(string)
  default     = []
  description = "What to go on with all the same: replica, cluster, sentinel"
}

redis "main" {
  address = var.address
  service = var.process == null ? "redis-server.service" : null
  process {
    command = var.process
  }
}

step "check-topology" "server" {
  allow = var.allow_topology
}

step "stop-service" "redis" {}
