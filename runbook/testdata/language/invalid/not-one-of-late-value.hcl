redis "main" {
  address = "127.0.0.1:6379"
}

variable "mode" {
  default = "overwrite"
}

step "copy" "a" {
  from      = "/a"
  to        = "/b"
  if_exists = var.mode # ERROR: cannot be "overwrite". The possible values are refuse and rotate
}

step "save" "dump" {}
