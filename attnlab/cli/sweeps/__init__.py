"""Parts of `sweep`: one job of it, its file, and what many runs come to."""
