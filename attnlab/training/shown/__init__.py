"""Races as they are shown: their plans, what the pages tell of each, and how many seeds end so."""
