runbook {
  description = "Put a dump back; keep what was there"
}

variable "backup" {
  description = "The RDB file to restore"
  default     = "/backups/dump.rdb"
}

variable "password" {
  type      = string
  sensitive = true
  default   = null
}

variable "limits" {
  type = object({
    keys = number
    db   = optional(number, 3)
  })
  default = { keys = 5 }

  validation {
    condition     = var.limits.keys > 0
    error_message = "at least one key, not ${var.limits.keys}."
  }
}

redis "main" {
  address  = "127.0.0.1:6379"
  password = var.password
  config   = "/etc/redis/redis.conf"

  process {
    command = ["redis-server", "/etc/redis/redis.conf"]
  }
}

locals {
  old  = "${local.dir}/${basename(redis.main.dump)}.old"
  dir  = dirname(redis.main.dump)
  week = formatdate("YYYY-MM-DD", timeadd(timestamp(), "168h"))
}

step "save" "dump" {
  timeout    = "90s"
  on_failure = "stop"

  retry {
    attempts = 3
    delay    = "10s"
  }
}

step "copy" "dump" {
  description = "keep the old one"
  when        = redis.main.dump_exists && !redis.main.aof_enabled
  from        = step.save.dump.path
  to          = local.old
  expect      = "${step.save.dump.size}"
  labels      = { week = local.week, keys = step.save.dump.keys["0"] }
}

step "copy" "never" {
  when = false
  from = null
  to   = null
}

step "verify-key" "triangles" {
  redis   = redis.main
  key     = "shapes:triangles"
  equals  = step.copy.dump.sha256
  db      = var.limits.db
  min_ttl = "1h30m"
  members = concat(step.save.dump.names, ["x"])
}

step "login" "registry" {
  token = sensitive("token of ${var.backup}")
  size  = try(step.save.dump.size, 0)
  argv  = ["true", upper("x")]
}

output "copy" {
  value       = step.copy.dump.path
  description = "Where the old dump is"
}

output "password" {
  value     = var.password
  sensitive = true
}
