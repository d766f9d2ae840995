"""Tests of the training page without a browser."""
