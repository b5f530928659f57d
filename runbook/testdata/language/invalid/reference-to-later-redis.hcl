redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from  = redis.two.dump # ERROR: Declared later: redis.two is declared later
  to    = "/b"
  redis = "main"
}

redis "two" {
  address = "127.0.0.1:6380"
}
