runbook {
  description = "Keep the dump on another machine too"
}

variable "host" {
  type        = string
  default     = "backup.example.org"
  description = "The other machine, as ssh takes it"
}

variable "directory" {
  type        = string
  default     = "/var/backups/redis"
  description = "Existing directory there"
}

variable "ssh_config" {
  type        = string
  default     = null
  description = "An ssh configuration in place of the user's own"
}

variable "backup" {
  type        = string
  description = "The dump to push"
}

step "push" "dump" {
  from       = var.backup
  host       = var.host
  to         = "${var.directory}/redis-${formatdate("YYYYMMDD-hhmmss", timestamp())}.rdb"
  ssh_config = var.ssh_config
  timeout    = "6h"
  on_failure = "stop" # redbook resume goes on where the transfer broke off
  retry {
    attempts = 3
    delay    = "10s"
  }
}

output "sha256" {
  value = step.push.dump.sha256
}
