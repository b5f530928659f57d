runbook {
  description = "Write the append-only file anew"
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

step "bgrewriteaof" "now" {
  when = redis.main.aof_enabled # while it is off, a rewrite is out of date at once
}
