"""Read a stage payload in Python, as its format is described in `attnlab/pictures/packing.py`."""

import json
import struct
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Payload:
    """A decoded payload: matrices with their numbers, those that are only painted, and those that are only named."""

    header: dict[str, Any]
    arrays: dict[str, NDArray[np.float32]]
    sketches: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()

    @property
    def revision(self) -> str:
        return self.header["revision"]


def decoded(payload: bytes) -> Payload:
    """The header, read as strict JSON, and the arrays at the places it names."""
    (length,) = struct.unpack_from("<I", payload)
    assert length % 4 == 0, "the arrays must begin at a multiple of 4"
    header = json.loads(payload[4 : 4 + length].decode("utf-8"), parse_constant=_refused)
    arrays, sketches, absent = {}, {}, set()
    for place in header["arrays"]:
        name, cols = place["name"], place["cols"]
        if "offset" not in place:
            absent.add(name)
            continue
        start = 4 + length + place["offset"]
        assert start % 4 == 0
        if "sketch" in place:
            sketch = {"cols": cols, **place["sketch"]}
            codes = np.frombuffer(payload, np.int8, sketch["rows"] * sketch["cols"], offset=start)
            sketches[name] = _painted(codes, **sketch)
        else:
            arrays[name] = np.frombuffer(payload, "<f4", place["rows"] * cols, offset=start).reshape(-1, cols)
    return Payload(header, arrays, sketches, frozenset(absent))


def _painted(codes: NDArray[np.int8], *, rows: int, cols: int, largest: float, root: bool) -> NDArray[np.float32]:
    """(rows, cols): what a sketch's codes stand for."""
    shares = codes.astype(np.float32) / 126
    numbers = largest * (shares * np.abs(shares) if root else shares)
    numbers[codes == 127], numbers[codes == -128] = np.nan, -np.inf
    return numbers.reshape(rows, cols)


def _refused(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is no JSON")
