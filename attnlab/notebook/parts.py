"""Pictures taken apart, so that what several have in common lies in a file once.

All heads of a layer share what enters it, W_O and all words; `assets/alone/pictures.js` puts one together again.
"""

import base64
import json
from typing import Any

from attnlab.pictures.packing import header_and_matrices


class Parts:
    """Values of headers and bytes of matrices, each once."""

    def __init__(self) -> None:
        self.size = 0  # bytes of the matrices
        self._values: dict[str, int] = {}
        self._chunks: dict[bytes, int] = {}

    def take(self, message: bytes) -> dict[str, Any]:
        """Keep a picture; returned is where its parts lie, for `told`."""
        header, chunks = header_and_matrices(message)
        values = {name: self._place_of_value(value) for name, value in header.items()}
        return {"header": values, "chunks": [self._place_of_chunk(chunk) for chunk in chunks]}

    def growth(self, message: bytes) -> int:
        """Bytes of matrices that a picture has and no other has brought."""
        _, chunks = header_and_matrices(message)
        return sum(len(chunk) for chunk in set(chunks) - self._chunks.keys())

    def told(self) -> dict[str, Any]:
        """All parts as JSON values."""
        chunks = [base64.b64encode(chunk).decode("ascii") for chunk in self._chunks]
        return {"values": [json.loads(text) for text in self._values], "chunks": chunks}

    def _place_of_value(self, value: Any) -> int:
        return self._values.setdefault(json.dumps(value), len(self._values))

    def _place_of_chunk(self, chunk: bytes) -> int:
        if chunk not in self._chunks:
            self.size += len(chunk)
        return self._chunks.setdefault(chunk, len(self._chunks))
