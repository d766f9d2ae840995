"""Pretrained models in the place of trained ones, kept for all visitors."""
