"""Our browser components; `assets/` holds their other halves."""
