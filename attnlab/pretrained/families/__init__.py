"""Families of models: which keys of their configs are read, and which of their tensors is what."""
