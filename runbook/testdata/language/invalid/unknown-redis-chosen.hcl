redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "a" {
  redis = "mian" # ERROR: Unknown redis block: There is no redis block "mian". Did you mean "main"?
}

step "save" "dump" {}
