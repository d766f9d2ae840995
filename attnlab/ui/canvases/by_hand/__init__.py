"""Canvases on which a held-out example is changed by hand."""
