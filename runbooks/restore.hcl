# Restores a dump on a server with or without AOF, with one short outage. What was
# there before is kept beside it: dump.rdb.old and, with AOF, appendonlydir.old.
#
# Use it for every restore on the server's own host. All that can be checked is
# checked while the server still serves; the dump is staged on the data
# directory's filesystem, and with AOF on, an AOF that holds it and nothing else
# is built beside the old one. So the outage is a stop, some renames and a start,
# which loads the dataset once. AOF stays on throughout and nothing is rewritten;
# no write after the start is lost. When a check fails, everything is rolled back
# and the server serves what it served before.
#
#   redbook run restore.hcl --var backup=/var/backups/redis/redis-….rdb \
#       --var key=shapes:triangles --var 'value=3 sides'

runbook {
  description = "Put a dump back; keep what was there as dump.rdb.old"
}

variable "backup" {
  type        = string
  description = "The dump to restore"
}

variable "key" {
  type        = string
  default     = null
  description = "A string that must be there afterwards; no key is looked at when it is not given"
}

variable "value" {
  type        = string
  default     = null
  description = "The value that key must have"
}

variable "address" {
  type        = string
  default     = "127.0.0.1:6379"
  description = "Where the server listens: host:port or unix:///path"
}

variable "username" {
  type        = string
  default     = null
  description = "The ACL user that redbook is; docs/acl.md says what it must be allowed"
}

variable "password" {
  type        = string
  sensitive   = true
  default     = null
  description = "The server's password; give it as REDBOOK_VAR_password"
}

variable "service" {
  type        = string
  default     = "redis-server.service"
  description = "The systemd unit that runs the server"
}

variable "process" {
  type        = list(string)
  default     = null
  description = "Command that starts the server, where no systemd does"
}

variable "config" {
  type        = string
  default     = null
  description = "Path of redis.conf; the running server is asked when it is not given"
}

variable "allow_topology" {
  type        = list(string)
  default     = []
  description = "Servers that a restore refuses, to restore all the same: replica, cluster, sentinel"
}

redis "main" {
  address  = var.address
  username = var.username
  password = var.password
  config   = var.config
  service  = var.process == null ? var.service : null
  process {
    command = var.process
  }
}

step "check-topology" "server" {
  allow = var.allow_topology
}

step "verify-dump" "backup" {
  path = var.backup
}

step "save" "before" {
  description = "dump.rdb.old is to hold the data of now"
  when        = redis.main.running
}

step "copy" "stage" {
  description = "Onto the data directory's filesystem, while the server serves"
  from        = var.backup
  to          = "${redis.main.dump}.staged"
  owner       = redis.main.user
  group       = redis.main.group
  mode        = "0660"
}

step "verify-dump" "stage" {
  path   = step.copy.stage.path
  sha256 = step.verify-dump.backup.sha256
}

step "build-aof" "stage" {
  description = "With AOF on, the server loads the AOF alone: this one is the dump's second name"
  when        = redis.main.aof_enabled
  from        = step.copy.stage.path
  to          = "${redis.main.aof_path}.staged"
}

step "stop-service" "redis" {
  description = "With AOF on, which holds everything, clients need not wait for a save too"
  save        = !redis.main.aof_enabled
}

step "rename" "dump" {
  when      = redis.main.dump_exists || redis.main.running
  from      = redis.main.dump
  to        = "${redis.main.dump}.old"
  if_exists = "rotate"
}

step "rename" "aof" {
  when      = redis.main.aof_exists
  from      = redis.main.aof_path
  to        = "${redis.main.aof_path}.old"
  if_exists = "rotate"
}

# With AOF on too: a start with AOF off is then one with the same data.
step "rename" "in-place" {
  from = step.copy.stage.path
  to   = redis.main.dump
}

step "rename" "aof-in-place" {
  when = redis.main.aof_enabled
  from = step.build-aof.stage.path
  to   = redis.main.aof_path
}

step "start" "redis" {}

step "verify-dataset" "restored" {
  description = "Writes of clients since the start are told and are no failure"
  path        = var.backup
}

step "verify-key" "restored" {
  when   = var.key != null
  key    = var.key == null ? "" : var.key
  exists = true
  equals = var.value
}

step "wait-replicas" "all" {
  description = "Replicas take the restored data from this server"
  when        = step.check-topology.server.replicas > 0
  count       = step.check-topology.server.replicas
}

output "keys" {
  value       = step.verify-dump.backup.keys
  description = "Number of keys in the restored dump"
}
