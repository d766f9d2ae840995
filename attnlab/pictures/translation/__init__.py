"""What is sent of a translation: two sentences with their alignment, and the tree of a search."""
