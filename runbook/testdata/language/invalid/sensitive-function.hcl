redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = "/a"
  to   = sensitive("/b") # ERROR: Sensitive value in a plain argument
}

step "save" "dump" {}
