redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" { # ERROR: Missing argument: The argument "to" is required in a step of kind copy: add a line to = …
  from = "/a"
}

step "save" "dump" {}
