"""The gallery of variants."""
