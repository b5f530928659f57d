redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "again" {
  retry = { attempts = 2 } # ERROR: Block written as an argument: "retry" is a block: write retry { … } without the equals sign
}
