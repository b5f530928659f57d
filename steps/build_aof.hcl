runbook {
  description = "Restore a dump to a server with AOF, with one short outage"
}

variable "backup" {
  type        = string
  description = "The dump to restore"
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

step "verify-dump" "backup" {
  path = var.backup
}

step "copy" "stage" {
  from  = var.backup
  to    = "${redis.main.dump}.staged"
  owner = redis.main.user
  group = redis.main.group
  mode  = "0660"
}

step "build-aof" "stage" {
  from = step.copy.stage.path
  to   = "${redis.main.aof_path}.staged"
}

step "stop-service" "redis" {}

step "rename" "old-aof" {
  when      = redis.main.aof_exists
  from      = redis.main.aof_path
  to        = "${redis.main.aof_path}.old"
  if_exists = "rotate"
}

step "rename" "aof" {
  from = step.build-aof.stage.path
  to   = redis.main.aof_path
}

step "start" "redis" {}
