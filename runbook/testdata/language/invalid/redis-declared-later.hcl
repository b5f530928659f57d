step "save" "a" {} # ERROR: Declared later: redis.main is declared later, at line 3

redis "main" {
  address = "127.0.0.1:6379"
}

