"""Of a picture too wide to send whole: what is sent as a sketch, and how its numbers are asked for.

A long sentence in many wide heads has millions of numbers, of which a screen shows the colours and a reader reads a
few. Its largest matrices are sent as they look (`packing.Sketch`); the rows and columns that somebody reads come on
demand (`ui/picture.py`), as exact as they are in a smaller picture.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.pictures.packing import Absent, Packable, Sketch

FLOAT_BYTES = 4
BYTES_A_TOKEN = 7 * 1024
FEWEST_TOKENS = 64
"""A sentence of so many tokens or fewer may take as much as one of so many."""
FEWEST_NUMBERS = 4096
"""A smaller matrix is sent whole: its numbers may stand in its cells (`MOST_NUMBERED` of `stage/drawing/layout.js`)."""
MOST_LINES = 64
LONGEST_LINE = 80  # characters
BY_ROOT = ("weights", "dropped_weights", "thumbnails")
"""Coloured by the square roots of their numbers."""
ALL = (None, None)
MOST = {"w_output": (512, None), "open:w_up": (192, 512), "open:w_gate": (192, 512), "open:w_down": (512, 192)}
"""Rows and columns: they stand in fewer pixels on any screen (`stage/drawing/layout.js`, `blocks/opened.js`)."""
NEVER_PAINTED = ("projected_query", "projected_key", "normed_query", "normed_key", "score_query", "score_key", "bias")
"""Only read, where a cell's sum is spelled out."""
BEFORE, CHANGE = "before:", "change:"
KEPT_BEFORE = f"{BEFORE}masked_scores"
"""Which keys the mask had closed: who paints over it must know at once."""
ROUNDING = 1e-5
"""Of the largest number of a matrix: where edits change no more, they change nothing, as in `stage/edits/edits.js`."""


def most_bytes(length: int) -> int:
    """What the matrices of a picture may take.

    Args:
        length: T.
    """
    return max(length, FEWEST_TOKENS) * BYTES_A_TOKEN


def fits(arrays: Iterable[Tensor], room: int) -> bool:
    """Whether all matrices can be sent whole in so many bytes."""
    return sum(map(_whole_bytes, arrays)) <= room


def fitted(arrays: Mapping[str, Tensor], room: int) -> dict[str, Packable]:
    """The matrices, the largest as sketches: as many as it takes for so many bytes, or all that are not small."""
    sent = dict[str, Packable](arrays)
    excess = sum(map(_whole_bytes, arrays.values())) - room
    for name in sorted(arrays, key=lambda name: -arrays[name].numel()):
        array = arrays[name]
        if excess <= 0 or array.numel() <= FEWEST_NUMBERS:
            break
        is_painted = name not in NEVER_PAINTED
        sent[name] = _sketch(name, array) if is_painted else Absent(array)
        excess -= _whole_bytes(array) - is_painted * _sketch_bytes(name, array)
    return sent


def _whole_bytes(array: Tensor) -> int:
    return array.numel() * FLOAT_BYTES


def _sketch_bytes(name: str, array: Tensor) -> int:
    counts = zip(array.shape, MOST.get(name, ALL), strict=True)
    return math.prod(count if limit is None else min(count, limit) for count, limit in counts)


def _sketch(name: str, array: Tensor) -> Sketch:
    root = name.removeprefix(BEFORE) in BY_ROOT or name == f"{CHANGE}thumbnails"
    return Sketch(array, root, MOST.get(name, ALL))


# --- what edits changed -----------------------------------------------------------------------------------------------


def formerly(now: Mapping[str, Tensor], before: Mapping[str, Tensor]) -> dict[str, Packable]:
    """Of a picture that is sent in sketches: that there are matrices as they were before edits, in place of them.

    Args:
        now: the matrices by name.
        before: those that edits changed, by `BEFORE` and their names.
    """
    changed = {name: array for name, array in before.items() if _changes(now[name.removeprefix(BEFORE)], array)}
    return {name: _sketch(name, array) if name == KEPT_BEFORE else Absent(array) for name, array in changed.items()}


def looked(now: Mapping[str, Tensor], before: Mapping[str, Tensor]) -> dict[str, Packable]:
    """The matrices that `formerly` says are there, as they looked. Arguments as there."""
    return {name: _sketch(name, before[name]) for name in formerly(now, before)}


def changes(now: Mapping[str, Tensor], before: Mapping[str, Tensor]) -> dict[str, Packable]:
    """By how much each of those changed, as it looks, by `CHANGE` and its name. Arguments as there."""
    plain = [name.removeprefix(BEFORE) for name in formerly(now, before)]
    return {f"{CHANGE}{name}": _sketch(f"{CHANGE}{name}", now[name] - before[f"{BEFORE}{name}"]) for name in plain}


def _changes(now: Tensor, then: Tensor) -> bool:
    """Whether a matrix differs from what it was, rounding apart."""
    now, then = now.float(), then.float()
    finite = now[now.isfinite()]
    tolerance = ROUNDING * float(finite.abs().max()) if finite.numel() else 0.0
    apart = (now - then).abs() <= tolerance
    return not bool(torch.all(apart | (now == then)))


# --- lines that are read ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One row or one column of a matrix."""

    name: str
    is_row: bool
    index: int

    @classmethod
    def read(cls, text: str) -> Self:
        """As a link says it: "weights.row.3", "w_query.col.7".

        Raises:
            SpecError: it is none.
        """
        name, _, place = text.partition(".")
        way, _, index = place.partition(".")
        fine = len(text) <= LONGEST_LINE and way in {"row", "col"} and index.isascii() and index.isdigit()
        if not fine:
            raise _no_line(text)
        return cls(name, way == "row", int(index))

    @property
    def is_before(self) -> bool:
        """Whether it is as it was before edits."""
        return self.name.startswith(BEFORE)

    def of(self, arrays: Mapping[str, Tensor]) -> Tensor:
        """(1, its numbers).

        Raises:
            SpecError: there is no such matrix, or it has no such line.
        """
        array = arrays.get(self.name)
        if array is None or self.index >= array.shape[0 if self.is_row else 1]:
            raise _no_line(str(self))
        return array[self.index][None] if self.is_row else array[:, self.index][None]

    def __str__(self) -> str:
        return f"{self.name}.{'row' if self.is_row else 'col'}.{self.index}"


def lines_of(texts: Sequence[str]) -> list[Line]:
    """Lines as a link names them, in its order.

    Raises:
        SpecError: none, too many, or one that is no line.
    """
    if not 1 <= len(texts) <= MOST_LINES:
        message = f"line ({len(texts)} times) must be given 1 to {MOST_LINES} times"
        raise SpecError("line", "form", message, got=len(texts))
    return [Line.read(text) for text in texts]


def _no_line(text: str) -> SpecError:
    shown = text[:LONGEST_LINE]
    message = f"line ({shown!r}) must be a matrix of the picture, row or col, and one of its numbers: weights.row.3"
    return SpecError("line", "form", message, got=shown)
