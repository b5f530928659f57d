redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "a" {
  when = "yes" # ERROR: Wrong type: The argument "when" is true or false: this is a string
}

step "save" "dump" {}
