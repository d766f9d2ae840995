"""A whole stack as a picture: its diagram, the part that is open, and both packed."""
