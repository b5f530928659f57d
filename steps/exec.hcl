runbook {
  description = "Run a command, and say how it is taken back"
}

variable "directory" {
  type        = string
  default     = "/run/redbook-example"
  description = "Where the mark is put"
}

step "exec" "mark" {
  argv = ["mkdir", "-p", "${var.directory}/maintenance"]
  undo = ["rm", "-df", "${var.directory}/maintenance"] # also runs when argv failed
}
