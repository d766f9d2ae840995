"""Reading a safetensors file that anybody may have written: its JSON, and its tensors against what they must be."""

import json
import struct
from collections.abc import Mapping
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from attnlab.engine import SpecError

ENTRY = "attnlab"  # of the header: everything that is no tensor, as JSON
UNREADABLE = (SafetensorError, struct.error, ValueError, KeyError, TypeError, RecursionError)
"""What a file that is none of ours raises where it is read."""


def stored_about(data: bytes, what: str, most: int = 2**20) -> Any:
    """The JSON in the header.

    Args:
        data: the file.
        what: what it must be, and the field that a refusal names.
        most: bytes that its header may have.

    Raises:
        SpecError: a longer header.
        UNREADABLE: no such file; whoever calls says so (`foreign`).
    """
    (length,) = struct.unpack("<Q", data[:8])
    if length > len(data):
        raise ValueError(f"a header of {length} bytes in a file of {len(data)}")  # a text, or another kind of file
    if length > most:
        message = f"{what} (header of {length} bytes) must have a header of at most {most}"
        raise SpecError(what, "most", message, got=length, most=most)
    return json.loads(json.loads(data[8 : 8 + length])["__metadata__"][ENTRY])


def stored_tensors(data: bytes) -> dict[str, Tensor]:
    """Every tensor, in memory of its own. Raises `UNREADABLE`."""
    return load(data)


def foreign(data: bytes, what: str) -> SpecError:
    """The refusal of a file that is none of ours."""
    return SpecError(what, "damaged", f"{what} ({len(data)} bytes) must be one that this app packed, whole")


def checked_tensors(
    tensors: Mapping[str, Tensor], kind: str, wanted: Mapping[str, Tensor], what: str
) -> dict[str, Tensor]:
    """The tensors named "kind/..." by the rest of their name.

    Args:
        tensors: of the file.
        kind: the first part of their names.
        wanted: those that must be there, by the rest of their names, with their shapes and types.
        what: the field that a refusal names.

    Raises:
        SpecError: one missing, one too many, another shape or type, or numbers that are not finite.
    """
    found = {name.removeprefix(f"{kind}/"): tensor for name, tensor in tensors.items() if name.startswith(f"{kind}/")}
    for name in sorted(found.keys() ^ wanted.keys()):
        how = "missing" if name in wanted else "unknown"
        message = f"{what} ({kind}/{name!r:.60}: {how}) must have the tensors of its config"
        raise SpecError(what, "tensors", message, got=f"{kind}/{name}")
    for name, like in wanted.items():
        got, must = ((tuple(tensor.shape), tensor.dtype) for tensor in (found[name], like))
        if got != must:
            raise SpecError(
                what, "tensors", f"{what} ({kind}/{name}: {got}) must have {must} there", got=f"{kind}/{name}"
            )
        if not found[name].isfinite().all():
            message = f"{what} ({kind}/{name}: NaN or infinite) must have finite numbers"
            raise SpecError(what, "finite", message, got=f"{kind}/{name}")
    return found
