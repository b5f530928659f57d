redis "main" {
  address = "127.0.0.1:6379" # café # ERROR: The byte 0xe9 at line 2, column 35 is not UTF-8
}
