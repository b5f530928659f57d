redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "a" {
  retry {
    attempts = 2
  }
  retry { # ERROR: Second retry block: .*at line 6: join the two
    attempts = 3
  }
}

step "save" "dump" {}
