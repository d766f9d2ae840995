"""How fast one browser may ask for runs: a flood of them waits in front of Streamlit, and holds nobody but its sender.

Streamlit starts a thread for each run of a whole page that is asked for, even where the one before has hardly begun; a
fragment's runs it gathers by itself, but each of them has to be read.
"""

import asyncio
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

BURST = 20.0
"""Shares that may be used at once."""
RATE = 45.0
"""Shares that come back within a second: a dragged slider sends 25 values a second, one share each."""
PAGE_RUN = 5.0
"""Shares of a run of the whole page; anything else is one."""
BYTES = 2**16
"""That cost another share."""
EXCESS = 4.0
"""A share beyond the own allowance counts so many times in that of the address: floods run a page twice a second."""
ADDRESSES = 1024
"""That are remembered, so that connecting anew gives nothing back."""


@dataclass
class Allowance:
    """What a sender may still use, and since when."""

    at: float  # seconds, of any clock
    used: float = 0.0

    def wait(self, cost: float, now: float) -> float:
        """Seconds until this may go on; it counts as used."""
        self.used = max(0.0, self.used - (now - self.at) * RATE) + cost
        self.at = now
        return max(0.0, (self.used - BURST) / RATE)


def cost_of(message: Message) -> float:
    """Shares of what a browser sent; what cannot be read is Streamlit's to refuse."""
    data = message.get("bytes")
    if message["type"] != "websocket.receive" or not data:
        return 0.0
    try:
        said = BackMsg.FromString(data)
    except DecodeError:
        return 1.0
    of_page = said.WhichOneof("type") == "rerun_script" and not said.rerun_script.fragment_id
    return (PAGE_RUN if of_page else 1.0) + len(data) / BYTES


class Pace:
    """Hands on what a connection sends no faster than its allowance; the rest stays with the sender.

    Those of one address who have used up their own have one together: a class has one address, and whoever keeps within
    the own allowance waits for nobody.

    Args:
        app: to hand on to.
        clock: seconds since whenever.
    """

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.monotonic) -> None:
        self.app, self.clock = app, clock
        self.of_address = functools.lru_cache(ADDRESSES)(lambda _address: Allowance(clock()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, in its order."""
        if scope["type"] != "websocket":
            return await self.app(scope, receive, send)
        own, together = Allowance(self.clock()), self.of_address((scope.get("client") or ("",))[0])

        async def paced() -> Message:
            message = await receive()
            cost, now = cost_of(message), self.clock()
            seconds = own.wait(cost, now)
            if seconds:
                await asyncio.sleep(max(seconds, together.wait(EXCESS * cost, now)))
            return message

        return await self.app(scope, paced, send)
