"""A trace to take along: a script that computes it again, and all of its numbers as a file."""

from attnlab.export.arrays import arrays_of, npz_of
from attnlab.export.script import listing_of, script_of

__all__ = ["arrays_of", "listing_of", "npz_of", "script_of"]
