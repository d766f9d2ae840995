"""The sizes of a layer whose cost is asked for, and along which of them it is followed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from attnlab.engine.allowed import Allowed, check_divides

AxisName = Literal["length", "heads", "d_model", "window", "kv_heads"]
"""What varies along a curve."""
WorkName = Literal["forward", "training", "generation", "generation_uncached"]
"""A forward pass; the same with all gradients; writing seq_len tokens one by one, with what is kept and without."""
AXES: tuple[AxisName, ...] = get_args(AxisName)
WORKS: tuple[WorkName, ...] = get_args(WorkName)
FIELDS: dict[AxisName, str] = {
    "length": "seq_len",
    "heads": "num_heads",
    "d_model": "d_model",
    "window": "window",
    "kv_heads": "num_kv_heads",
}
"""The field of `Sizes` that an axis varies."""
MOST_TOKENS = 4096
BOUNDS: dict[str, tuple[float, float]] = {
    "seq_len": (1, MOST_TOKENS),
    "d_model": (1, 512),
    "num_heads": (1, 16),
    "num_kv_heads": (1, 16),
    "window": (1, MOST_TOKENS),
}
ALLOWED = Allowed(bounds=BOUNDS, optional=("num_kv_heads",))


@dataclass(frozen=True)
class Sizes:
    """One layer and the text it reads.

    Raises:
        SpecError: a size out of bounds, heads that do not divide d_model, key/value heads that do not divide heads.
    """

    seq_len: int = 1024  # T
    d_model: int = 64
    num_heads: int = 8  # H, where there are heads
    num_kv_heads: int | None = None  # G; H if None
    window: int = 64  # of window attention: keys that a query sees, its own included

    def __post_init__(self) -> None:
        ALLOWED.check(self)
        check_divides("num_heads", self.num_heads, "d_model", self.d_model)
        check_divides("num_kv_heads", self.kv_heads, "num_heads", self.num_heads)

    @property
    def kv_heads(self) -> int:
        """G."""
        return self.num_heads if self.num_kv_heads is None else self.num_kv_heads

    @property
    def head_dim(self) -> int:
        """D."""
        return self.d_model // self.num_heads


BASE = Sizes()
"""What holds where nothing else is said; along another axis than the length, its length too."""
WRITTEN = 256
"""Tokens at most of a text that is written where something else varies: each point writes a whole one, some of them by
reading it again for each token."""
VALUES: dict[AxisName, tuple[int, ...]] = {
    "length": (8, 16, 32, 64, 128, 256, 512, 1024, 2048, MOST_TOKENS),
    "heads": (1, 2, 4, 8, 16),
    "d_model": (16, 32, 64, 128, 256, 512),
    "window": (8, 16, 32, 64, 128, 256, 512),
    "kv_heads": (1, 2, 4, 8),
}
"""Where a curve has its points, if nothing else is said."""


def sizes_along(axis: AxisName, base: Sizes, values: tuple[int, ...] | None = None) -> list[Sizes]:
    """The sizes of the points of a curve: all but one are those of `base`.

    Args:
        axis: what varies.
        base: the other sizes.
        values: of what varies; those of `VALUES` if left out.

    Raises:
        SpecError: a value that does not go with the other sizes.
    """
    return [replace(base, **{FIELDS[axis]: value}) for value in (VALUES[axis] if values is None else values)]


def base_along(axis: AxisName, work: WorkName, base: Sizes) -> Sizes:
    """What does not vary along a curve: a text that is written, where something else varies, is a short one."""
    if axis == "length" or not work.startswith("generation"):
        return base
    return replace(base, seq_len=min(base.seq_len, WRITTEN))


def fitting(axis: AxisName, base: Sizes) -> list[Sizes]:
    """As `sizes_along`, less the values that do not go with the other sizes (8 key/value heads beside 4 heads)."""
    checked: dict[AxisName, Callable[[int], bool]] = {
        "heads": lambda value: base.d_model % value == value % (base.num_kv_heads or 1) == 0,
        "d_model": lambda value: value % base.num_heads == 0,
        "kv_heads": lambda value: base.num_heads % value == 0,
    }
    fits = checked.get(axis)
    return sizes_along(axis, base, tuple(value for value in VALUES[axis] if fits is None or fits(value)))
