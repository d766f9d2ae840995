"""Waiting for what other threads, processes and browsers do."""

import time
from collections.abc import Callable

PATIENCE_S = 120.0
"""Of a busy machine."""


def eventually(happened: Callable[[], object], every_s: float = 0.01) -> None:
    """Look again and again until it has happened."""
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(every_s)
