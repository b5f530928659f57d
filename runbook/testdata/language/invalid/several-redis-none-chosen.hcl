redis "main" {
  address = "127.0.0.1:6379"
}

redis "other" {
  address = "127.0.0.1:6379"
}

step "save" "a" {} # ERROR: Which redis: .*redis = "NAME". The names are main and other
