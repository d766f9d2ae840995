"""The blocks page."""
