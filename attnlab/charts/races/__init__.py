"""Charts of races: curves and their cursor, how contenders look, where they end and are right."""
