"""The translate page."""
