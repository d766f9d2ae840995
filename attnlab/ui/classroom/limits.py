"""How often somebody may post, and how much: whoever leads or follows a room never comes near."""

import functools
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request

from attnlab.training.store import StoreError

POSTS_A_SECOND = 5.0
KEYS = 4096
"""That are remembered: more than sit in all rooms that are busy at once."""
MOST_BYTES = 32 * 1024
"""Of a body: the longest link, each of its signs escaped once."""


class TooFastError(Exception):
    """Somebody posts more often than anybody's hand does."""


class TooLargeError(Exception):
    """A body beyond `MOST_BYTES`."""


class Limit:
    """So many posts a second for each key, and as many at once.

    Args:
        rate: posts a second.
        clock: seconds since whenever.
    """

    def __init__(self, rate: float = POSTS_A_SECOND, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.clock = rate, clock
        self.left = functools.lru_cache(KEYS)(lambda _key: [rate, clock()])

    def take(self, key: str) -> None:
        """Count a post.

        Raises:
            TooFastError: it is one too many, and is not counted.
        """
        state, now = self.left(key), self.clock()
        state[:] = [min(self.rate, state[0] + (now - state[1]) * self.rate), now]
        if state[0] < 1:
            raise TooFastError
        state[0] -= 1


async def body_of(request: Request) -> Mapping[str, Any]:
    """The JSON object of a request.

    Raises:
        TooLargeError: it is longer than anything that is posted here.
        StoreError: it is no object.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise TooLargeError
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        got = body[:20].decode("utf-8", "replace")
        raise StoreError("body", got, "a JSON object", "form")
    return said
