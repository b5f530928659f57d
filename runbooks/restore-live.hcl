# Restores a dump into a running server without stopping it: no read fails. Writers
# get READONLY while it loads. What the server held before is kept as a dump of its
# own, and a roll-back loads that the same way.
#
# Use it on Redis 7.0 and later, or Valkey, where readers must not notice. It needs
# memory for both datasets, a server that is no replica, in no cluster and under no
# Sentinel, and the commands REPLICAOF and CONFIG. redbook runs on the server's own
# machine, or says with listen where the server reaches it. What is written between
# the snapshot and the load is lost, as with any restore. AOF stays on where it is: the
# server writes it anew before the load, since one that cannot exits after it, and after it.
#
#   redbook run restore-live.hcl --var backup=/var/backups/redis/redis-….rdb \
#       --var snapshot=/var/backups/redis/before.rdb \
#       --var key=shapes:triangles --var 'value=3 sides'

runbook {
  description = "Put a dump back without a restart and without a failed read"
}

variable "backup" {
  type        = string
  description = "The dump to restore"
}

variable "snapshot" {
  type        = string
  description = "Path of a new file, in which the data of now is kept"
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

variable "listen" {
  type        = string
  default     = ""
  description = "Address of this machine at which the server reaches it, where that is another machine"
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

variable "config" {
  type        = string
  default     = null
  description = "Path of redis.conf; the running server is asked when it is not given"
}

variable "allow_loading" {
  type        = bool
  default     = false
  description = "Whether a server before 7.0, which answers LOADING to readers meanwhile, may do so"
}

redis "main" {
  address  = var.address
  username = var.username
  password = var.password
  config   = var.config
}

step "verify-dump" "backup" {
  path = var.backup
}

step "fetch-dump" "before" {
  description = "The way back: the data of now"
  to          = var.snapshot
}

step "load-dataset" "backup" {
  path          = var.backup
  snapshot      = step.fetch-dump.before.path
  listen        = var.listen
  allow_loading = var.allow_loading
}

step "verify-key" "restored" {
  when   = var.key != null
  key    = var.key == null ? "" : var.key
  exists = true
  equals = var.value
}

step "save" "restored" {
  description = "A crash must not bring the old data back"
}

output "keys" {
  value       = step.verify-dump.backup.keys
  description = "Number of keys in the restored dump"
}

output "snapshot" {
  value       = step.fetch-dump.before.path
  description = "What the server held before"
}
