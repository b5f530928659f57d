# ERROR: No steps: .*The kinds of steps are copy, login, nothing, save and verify-key
redis "main" {
  address = "127.0.0.1:6379"
}

