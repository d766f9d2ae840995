"""What every command shares: tables, JSON, progress, values that were typed, Ctrl-C."""
