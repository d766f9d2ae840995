"""A JSON header and float32 arrays as one `bytes` value, which `assets/kit/payload.js` reads.

4 bytes   length of the header, little endian
header    UTF-8 JSON, padded with spaces so that the arrays begin at a multiple of 4
arrays    float32, little endian, row by row, at the offsets the header gives
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor


def packed(header: Mapping[str, Any], arrays: Mapping[str, Tensor], *, revised_by: tuple[str, ...] = ()) -> bytes:
    """Pack matrices by name, each (rows, columns); the header says their places under "arrays".

    Args:
        header: JSON values.
        arrays: the matrices.
        revised_by: entries of the header that, with the arrays, make its entry "revision", a name of the content; none
            is made if empty.
    """
    placed, offset, chunks = [], 0, []
    for name, array in arrays.items():
        chunk = array.detach().to("cpu", torch.float32).contiguous().numpy().tobytes()
        placed.append({"name": name, "rows": array.shape[0], "cols": array.shape[1], "offset": offset})
        chunks.append(chunk)
        offset += len(chunk)
    body = b"".join(chunks)
    whole = {**header, "arrays": placed}
    if revised_by:
        counted = json.dumps([header[name] for name in revised_by]).encode()
        whole["revision"] = hashlib.blake2b(body + counted, digest_size=8).hexdigest()
    text = json.dumps(whole, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text + body
