redis "main" {
  address          = "localhost:6379"
  password_command = ["/nonexistent/program"] # ERROR: No password: .*run /nonexistent/program:
}

step "save" "dump" {}
