redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from      = "/a"
  to        = "/b"
  if_exists = rotate # ERROR: Unknown reference: rotate is a bare word. Text is written in quotes: "rotate"
}

step "save" "dump" {}
