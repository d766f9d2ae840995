"""What lessons show, covered while it is being guessed."""
