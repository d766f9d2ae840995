"""One worker and its run, from the claim to the end: orders, heartbeat, what it tells the store."""
