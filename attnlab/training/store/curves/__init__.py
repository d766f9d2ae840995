"""Curves of a run: its points, and overviews of many."""
