# ERROR: Empty runbook: The file holds no blocks
