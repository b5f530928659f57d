redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "dump" {
  redis = "main"
}

redis "two" {
  address = step.save.dump.path # ERROR: Reference not possible here: step.save.dump cannot be used in a redis block, which is read before any step
}
