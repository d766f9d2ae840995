"""A JSON header and matrices as one `bytes` value, which `assets/kit/payload.js` reads.

4 bytes   length of the header, little endian
header    UTF-8 JSON, padded with spaces so that the arrays begin at a multiple of 4
arrays    row by row, at the offsets the header gives, all multiples of 4: float32, little endian; of a sketch int8
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

LEVELS = 126
"""Of a sketch's numbers on each side of zero: about half the steps of a ramp (`assets/kit/painting/colors.js`)."""
MINUS_INFINITY, NO_NUMBER = -128, 127
LEAST = 1e-12
"""What the largest number is taken for where all are zero, as in `assets/kit/payload.js`."""


@dataclass(frozen=True)
class Sketch:
    """A matrix as it looks: a byte a cell. Its numbers are asked for when somebody reads them."""

    exact: Tensor  # (rows, columns)
    root: bool = False  # coloured by the square roots of its numbers, which then are what the bytes stand for
    most: tuple[int | None, int | None] = (None, None)  # rows and columns: of more so many, those that a canvas shows


@dataclass(frozen=True)
class Absent:
    """A matrix that is there, but neither drawn nor read until somebody asks for it."""

    exact: Tensor  # (rows, columns)


Packable: TypeAlias = Tensor | Sketch | Absent


def packed(header: Mapping[str, Any], arrays: Mapping[str, Packable], *, revised_by: tuple[str, ...] = ()) -> bytes:
    """Pack matrices by name, each (rows, columns); the header says their places under "arrays".

    Args:
        header: JSON values.
        arrays: the matrices.
        revised_by: entries of the header that, with every number of the matrices, make its entry "revision", a name of
            the content; none is made if empty.
    """
    placed, offset, chunks = [], 0, []
    revision = hashlib.blake2b(digest_size=8)
    for name, array in arrays.items():
        exact = _float32(array if isinstance(array, Tensor) else array.exact)
        place = {"name": name, "rows": exact.shape[0], "cols": exact.shape[1]}
        numbers = exact.tobytes()
        chunk = numbers
        if isinstance(array, Sketch):
            codes, largest = sketched(exact, root=array.root, most=array.most)
            place["sketch"] = {"rows": codes.shape[0], "largest": largest, "root": array.root}
            if codes.shape[1] < exact.shape[1]:
                place["sketch"]["cols"] = codes.shape[1]
            chunk = codes.tobytes()
            chunk += bytes(-len(chunk) % 4)
        elif isinstance(array, Absent):
            chunk = b""
        placed.append(place if isinstance(array, Absent) else {**place, "offset": offset})
        chunks.append(chunk)
        if revised_by:
            revision.update(numbers)
        offset += len(chunk)
    whole = {**header, "arrays": placed}
    if revised_by:
        revision.update(json.dumps([header[name] for name in revised_by]).encode())
        whole["revision"] = revision.hexdigest()
    text = json.dumps(whole, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text + b"".join(chunks)


def header_and_matrices(message: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """What `packed` has made: its header, and the bytes of each matrix that is in it, in their order."""
    start = 4 + int.from_bytes(message[:4], "little")
    header: dict[str, Any] = json.loads(message[4:start])
    offsets = [place["offset"] for place in header["arrays"] if "offset" in place]
    ends = [*offsets[1:], len(message) - start]
    return header, [message[start + at : start + end] for at, end in zip(offsets, ends, strict=False)]


def sketched(
    exact: NDArray[np.float32], *, root: bool, most: tuple[int | None, int | None] = (None, None)
) -> tuple[NDArray[np.int8], float]:
    """A matrix in bytes, and its largest finite magnitude.

    Args:
        exact: (rows, columns).
        root: as of `Sketch`.
        most: as of `Sketch`.

    Returns:
        (rows, columns), at most `most` of them, evenly spread: shares of the largest number, or of its root, in
        `LEVELS` steps; `MINUS_INFINITY` and `NO_NUMBER` stand for what is not finite.
    """
    largest = max(float(np.abs(exact, where=np.isfinite(exact), out=np.zeros_like(exact)).max()), LEAST)
    rows, columns = (_spread(count, limit) for count, limit in zip(exact.shape, most, strict=True))
    exact = exact[rows][:, columns]
    finite = np.isfinite(exact)
    shares = np.where(finite, exact, np.float32(0)) / np.float32(largest)
    if root:
        shares = np.copysign(np.sqrt(np.abs(shares)), shares)
    codes = np.rint(shares * LEVELS).astype(np.int8)
    codes[~finite] = NO_NUMBER
    codes[np.isneginf(exact)] = MINUS_INFINITY
    return codes, largest


def _spread(count: int, limit: int | None) -> slice | NDArray[np.int_]:
    """All of so many, or as many as the limit says, evenly spread."""
    return slice(None) if limit is None or count <= limit else (2 * np.arange(limit) + 1) * count // (2 * limit)


def _float32(array: Tensor) -> NDArray[np.float32]:
    """Row by row."""
    numbers: NDArray[np.float32] = array.detach().to("cpu", torch.float32).contiguous().numpy()
    return numbers
