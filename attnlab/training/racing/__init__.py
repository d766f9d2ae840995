"""A race under way: contenders chunk by chunk, with their loss, optimizer, schedule and noise."""
