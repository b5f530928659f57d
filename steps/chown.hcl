runbook {
  description = "Give the dump the owner and the mode that the server needs"
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

step "chown" "dump" {
  when  = redis.main.dump_exists
  path  = redis.main.dump
  owner = redis.main.user
  group = redis.main.group
  mode  = "0660"
}
