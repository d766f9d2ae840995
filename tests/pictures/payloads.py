"""Read a stage payload in Python, as its format is described in `attnlab/pictures/packing.py`."""

import json
import struct
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Payload:
    """A decoded payload."""

    header: dict[str, Any]
    arrays: dict[str, NDArray[np.float32]]

    @property
    def revision(self) -> str:
        return self.header["revision"]


def decoded(payload: bytes) -> Payload:
    """The header, read as strict JSON, and the arrays at the places it names."""
    (length,) = struct.unpack_from("<I", payload)
    assert length % 4 == 0, "the arrays must begin at a multiple of 4"
    header = json.loads(payload[4 : 4 + length].decode("utf-8"), parse_constant=_refused)
    arrays = {}
    for place in header["arrays"]:
        count = place["rows"] * place["cols"]
        flat = np.frombuffer(payload, "<f4", count, offset=4 + length + place["offset"])
        arrays[place["name"]] = flat.reshape(place["rows"], place["cols"])
    return Payload(header, arrays)


def _refused(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is no JSON")
