"""The lessons page: guess, compute, do."""
