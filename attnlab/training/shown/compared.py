"""The shipped comparison of races over many seeds, made by `python -m attnlab sweep`."""

import functools
import json
from typing import Any

from attnlab.paths import ASSETS


@functools.cache
def comparison() -> dict[str, Any]:
    """The file as it is. Treat it as read-only: every session shares it."""
    shipped: dict[str, Any] = json.loads((ASSETS / "comparison.json").read_text(encoding="utf-8"))
    return shipped
