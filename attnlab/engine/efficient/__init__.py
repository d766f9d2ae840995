"""The same attention with less work: by its state, by windows, by a cache of keys and values."""
