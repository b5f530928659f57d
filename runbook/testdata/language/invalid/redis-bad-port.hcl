redis "main" {
  address = "localhost:http" # ERROR: Invalid address: "localhost:http": the port is a number from 1 to 65535
}

step "save" "dump" {}
