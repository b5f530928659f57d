redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = can(uper("/a")) ? "/a" : "/c" # ERROR: Unknown function: There is no function "uper". Did you mean "upper"?
  to   = "/b"
}

step "save" "dump" {}
