"""Trained models by name: opened once, and what they make of texts, sentences and probes."""
