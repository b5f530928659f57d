redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = "/a"
  to   = "/a" # ERROR: Invalid arguments: A file cannot be copied onto itself: give another path
}

step "save" "dump" {}
