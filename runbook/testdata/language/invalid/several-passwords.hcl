redis "main" { # ERROR: Several passwords: .*keep one of password, password_file and password_command
  address          = "localhost:6379"
  password_file    = "/run/password"
  password_command = ["pass", "redis"]
}

step "save" "dump" {}
