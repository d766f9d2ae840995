"""Attention Lab: every number of attention, computed live."""
