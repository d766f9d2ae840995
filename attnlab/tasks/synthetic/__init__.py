"""Tasks that are made up: symbols and numbers drawn from a seed, so that every answer and floor is known."""
