redis "main" {
  address = "localhost:6379"
  process {
    command = [] # ERROR: Invalid command: A command is a list of the program and its arguments
  }
}

step "save" "dump" {}
