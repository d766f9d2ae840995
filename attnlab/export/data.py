"""Tensors as text within a script, and the few lines of that script which read them."""

import base64
import zlib
from collections.abc import Mapping

import torch
from torch import Tensor

LINE = 100
LEVEL = 1  # of zlib: numbers that are no zeros hardly shrink, and better levels take three times as long
READER = '''def data(name: str) -> Tensor:
    """A tensor from the bytes at the end of this file."""
    shape, dtype, text = DATA[name]
    return torch.frombuffer(bytearray(zlib.decompress(base64.b64decode(text))), dtype=dtype).reshape(shape)'''


def data_section(tensors: Mapping[str, Tensor], *, with_bytes: bool) -> str:
    """The assignment of DATA: shape, dtype and compressed little-endian bytes of each tensor.

    Args:
        tensors: by the name that `data` is asked for.
        with_bytes: whether the bytes are there, or an ellipsis in their place for reading.
    """
    entries = [_entry(name, tensor, with_bytes) for name, tensor in tensors.items()]
    return "\n".join(["DATA = {", *entries, "}"])


def _entry(name: str, tensor: Tensor, with_bytes: bool) -> str:
    start = f'    "{name}": ({tuple(tensor.shape)}, {tensor.dtype}, '
    if not with_bytes:
        return f'{start}"..."),'
    text = base64.b64encode(zlib.compress(_bytes(tensor), level=LEVEL)).decode("ascii")
    lines = [f'        "{text[at : at + LINE]}"' for at in range(0, len(text), LINE)]
    return "\n".join([f"{start}(", *lines, "    )),"])


def _bytes(tensor: Tensor) -> bytes:
    return tensor.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes()
