runbook {
  description = "Keep a copy of the dump beside it, and the older copies too"
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

step "copy" "dump" {
  from = step.save.now.path
  to   = "${redis.main.dump}.new"
}

step "rename" "keep" {
  from      = step.copy.dump.path
  to        = "${redis.main.dump}.kept"
  if_exists = "rotate" # an older dump.rdb.kept becomes dump.rdb.kept.1
}
