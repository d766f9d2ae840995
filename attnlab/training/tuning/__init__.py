"""Learning rates: the table of the best, and how it is made."""
