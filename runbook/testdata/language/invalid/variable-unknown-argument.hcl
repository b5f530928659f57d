redis "main" {
  address = "127.0.0.1:6379"
}

variable "a" {
  typ = string # ERROR: Unknown argument: There is no argument "typ" in a variable block. Did you mean "type"?
}

step "save" "dump" {}
