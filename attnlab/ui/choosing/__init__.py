"""The choosing page."""
