runbook {
  description = "Switch the append-only file on, without a restart"
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

step "rename" "old-aof" {
  when      = !redis.main.aof_enabled && redis.main.aof_exists
  from      = redis.main.aof_path
  to        = "${redis.main.aof_path}.old"
  if_exists = "rotate"
}

step "enable-aof" "on" {}
