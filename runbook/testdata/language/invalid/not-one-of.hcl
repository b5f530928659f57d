redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from      = "/a"
  to        = "/b"
  if_exists = "rotat" # ERROR: Invalid value: The argument "if_exists" cannot be "rotat". Did you mean "rotate"?
}

step "save" "dump" {}
