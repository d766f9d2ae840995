"""Smaller models: what a trained translator loses without heads, and with fewer bits for each of its weights.

heads: what is silenced -> measuring: scores on held-out sentences -> Shrunk -> table: the file that ships
weights: one matrix in few bits -> stored: a whole model as a file, and back
"""
