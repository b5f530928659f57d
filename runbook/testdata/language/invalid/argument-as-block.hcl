redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "again" {
  background { # ERROR: Argument written as a block: "background" is an argument: write background = … with an equals sign
  }
}
