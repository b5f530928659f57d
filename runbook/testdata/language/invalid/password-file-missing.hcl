redis "main" {
  address       = "localhost:6379"
  password_file = "/nonexistent/password" # ERROR: No password: The password of redis.main cannot be had: read the password: .*no such file
}

step "save" "dump" {}
