"""Padding behind words: neither read nor looked at."""

from torch import Tensor

PAD_ID = 0
"""Of every vocabulary of words."""


def used_columns(ids: Tensor) -> int:
    """Columns of (B, T) up to the last that is not padding throughout; at least one."""
    words = (ids != PAD_ID).any(0)
    return int(words.nonzero().max().item()) + 1 if bool(words.any()) else 1
