redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = env("NOWHERE_TO_BE_FOUND") # ERROR: Invalid function argument: .*the environment variable NOWHERE_TO_BE_FOUND is not set
  to   = "/b"
}

step "save" "dump" {}
