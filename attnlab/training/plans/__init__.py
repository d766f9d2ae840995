"""What a race is before it begins: its contenders, their sizes, its checks, and data that are too few."""
