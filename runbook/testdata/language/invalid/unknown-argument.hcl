redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from      = "/a"
  to        = "/b"
  if_exist  = "refuse" # ERROR: Unknown argument: There is no argument "if_exist" in a step of kind copy. Did you mean "if_exists"?
}

step "save" "dump" {}
