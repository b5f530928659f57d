# Restores a dump in the very order of the well-known tutorial "How To Back Up and
# Restore Your Redis Data": stop, rename, AOF off, copy, chown, start, check,
# rewrite the AOF, stop, AOF on, start, check.
#
# Use it to learn what the tutorial does, or where a procedure demands its order.
# With AOF it stops the server twice, and every write between the rewrite and the
# second stop is lost; the plan says so. Prefer restore.hcl.
#
#   redbook run restore-tutorial.hcl --var backup=/home/sammy/redis/dump.rdb

runbook {
  description = "Restore in the tutorial's own order"
}

variable "backup" {
  type        = string
  description = "The dump to restore"
}

variable "key" {
  type        = string
  default     = "shapes:triangles"
  description = "The string that the tutorial looks at"
}

variable "value" {
  type        = string
  default     = "3 sides"
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
  description = "Checking Restoration File Contents"
  path        = var.backup
}

step "save" "current" {
  description = "Saving the Database State"
  when        = redis.main.running
}

step "stop-service" "redis" {
  description = "Stopping Redis"
}

step "rename" "dump" {
  description = "Renaming Current dump.rdb"
  when        = redis.main.dump_exists || redis.main.running
  from        = redis.main.dump
  to          = "${redis.main.dump}.old"
  if_exists   = "rotate"
}

step "rename" "aof" {
  description = "Getting the AOF out of the way"
  when        = redis.main.aof_exists
  from        = redis.main.aof_path
  to          = "${redis.main.aof_path}.old"
  if_exists   = "rotate"
}

step "disable-aof" "off" {
  description = "If AOF Is Enabled, Turn It Off"
}

step "copy" "dump" {
  description = "Restoring the dump.rdb File"
  from        = var.backup
  to          = redis.main.dump
}

step "chown" "dump" {
  description = "Setting Permissions for the dump.rdb File"
  path        = redis.main.dump
  owner       = redis.main.user
  group       = redis.main.group
  mode        = "0660"
}

step "start" "redis" {
  description = "Starting Redis"
}

step "verify-key" "restored" {
  description = "Checking Database Contents"
  key         = var.key
  equals      = var.value
}

step "bgrewriteaof" "new" {
  description = "(Optional) Enabling AOF"
  when        = redis.main.aof_enabled
}

step "stop-service" "for-aof" {
  when = redis.main.aof_enabled
}

step "enable-aof" "on" {
  when = redis.main.aof_enabled
}

step "start" "with-aof" {
  when = redis.main.aof_enabled
}

step "verify-key" "still-there" {
  when   = redis.main.aof_enabled
  key    = var.key
  equals = var.value
}

step "wait-replicas" "all" {
  description = "Replicas take the restored data from this server"
  when        = step.check-topology.server.replicas > 0
  count       = step.check-topology.server.replicas
}
