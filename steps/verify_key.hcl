runbook {
  description = "Check what the server holds"
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

step "verify-key" "triangles" {
  key    = "shapes:triangles"
  equals = "3 sides"
}

step "verify-key" "circles" {
  key    = "shapes:circles"
  exists = false
}

step "verify-key" "squares" {
  key     = "shapes:squares"
  type    = "string"
  min_ttl = "1h" # one without expiry passes
}
