"""Pictures as sequences of patches: cut, put in another order, moved."""

import torch
from torch import Tensor

from attnlab.engine.seeds import generator


def patches_of(pictures: Tensor, patch_rows: int, patch_cols: int) -> Tensor:
    """Pictures cut into patches, row by row, as in a vision Transformer.

    Args:
        pictures: (B, rows, cols).
        patch_rows: of the picture's rows, a divisor.
        patch_cols: of its columns, a divisor.

    Returns:
        (B, P, patch_rows * patch_cols).

    Source: Dosovitskiy et al. 2021, section 3.1, https://arxiv.org/abs/2010.11929
    """
    B, rows, cols = pictures.shape
    cut = pictures.reshape(B, rows // patch_rows, patch_rows, cols // patch_cols, patch_cols)
    return cut.transpose(2, 3).reshape(B, -1, patch_rows * patch_cols)


def fixed_order(count: int, seed: int) -> Tensor:
    """(P,) a permutation of the patches that leaves fewer than half of them in place; the same for a seed.

    A draw that shuffles less is drawn again, so that four patches are not "shuffled" into their own order.
    """
    drawn = generator(seed, "patch order", count)
    while True:
        order = torch.randperm(count, generator=drawn)
        if 2 * int((order == torch.arange(count)).sum()) < count:
            return order


def moved(pictures: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """Each picture moved by whole cells; what leaves it is lost, and what comes in is empty.

    Args:
        pictures: (B, rows, cols).
        down: (B,) int64 cells, negative for up.
        right: (B,) int64 cells, negative for left.
    """
    rows, cols = pictures.shape[1:]
    at_row = torch.arange(rows) - down[:, None]  # (B, rows): where each row comes from
    at_col = torch.arange(cols) - right[:, None]
    inside = ((at_row >= 0) & (at_row < rows))[:, :, None] & ((at_col >= 0) & (at_col < cols))[:, None, :]
    which = torch.arange(len(pictures))[:, None, None]
    found = pictures[which, at_row.clamp(0, rows - 1)[:, :, None], at_col.clamp(0, cols - 1)[:, None, :]]
    return found * inside
