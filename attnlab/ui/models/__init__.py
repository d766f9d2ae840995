"""The page of pretrained models."""
