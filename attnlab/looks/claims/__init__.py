"""Experiments of claims, kept for all visitors."""
