runbook {
  description = "Set the dump aside while the server is stopped, and put it back"
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

step "save" "now" {}

step "stop-service" "redis" {}

step "rename" "aside" {
  from      = redis.main.dump
  to        = "${redis.main.dump}.old"
  if_exists = "rotate" # an older dump.rdb.old becomes dump.rdb.old.1
}

step "rename" "back" {
  from = step.rename.aside.path
  to   = redis.main.dump
}

step "start" "redis" {}
