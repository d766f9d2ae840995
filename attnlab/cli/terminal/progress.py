"""The progress bar: on stderr, and only where somebody sees it."""

from typing import Any

from tqdm import tqdm


def bar(total: float, unit: str, *, scale: bool = False) -> "tqdm[Any]":
    """A bar that draws itself on a terminal; in a file or a pipe there is nothing of it.

    Args:
        total: units until it is full.
        unit: what is counted.
        scale: whether fractions of a unit count.
    """
    form = "{percentage:3.0f}%|{bar:24}| {elapsed}<{remaining}{postfix}" if scale else None
    return tqdm(total=total, unit=f" {unit}", disable=None, leave=False, dynamic_ncols=True, bar_format=form)
