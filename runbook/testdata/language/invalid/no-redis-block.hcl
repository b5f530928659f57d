step "save" "a" {} # ERROR: No redis block: A step of kind save is about a Redis server
