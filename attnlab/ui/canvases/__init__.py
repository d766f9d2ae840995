"""Our browser components, one file each: `assets/` holds their other halves."""
