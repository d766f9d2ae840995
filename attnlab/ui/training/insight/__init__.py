"""What formed in the contenders of a race that is over, against what its task knows."""
