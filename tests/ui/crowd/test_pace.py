"""A flood of runs waits with its sender."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from attnlab.ui.crowd import pace
from attnlab.ui.crowd.pace import BURST, EXCESS, PAGE_RUN, RATE, Allowance, Pace, cost_of


def sent(fragment: str = "", kind: str = "rerun_script", padding: int = 0) -> Message:
    """A request as the front end sends it."""
    message = BackMsg()
    if kind == "rerun_script":
        message.rerun_script.fragment_id = fragment
        message.rerun_script.query_string = "x" * padding
    else:
        setattr(message, kind, True)
    return {"type": "websocket.receive", "bytes": message.SerializeToString()}


def waits(cost: float, apart: float, times: int) -> list[float]:
    allowance = Allowance(at=0.0)
    return [allowance.wait(cost, now=number * apart) for number in range(times)]


@pytest.mark.parametrize(
    ("message", "cost"),
    [
        (sent(), PAGE_RUN),
        (sent(fragment="abc"), 1),
        (sent(kind="clear_cache"), 1),
        (sent(padding=2**18), PAGE_RUN + 4),
        ({"type": "websocket.receive", "bytes": b"\xff\xff"}, 1),
        ({"type": "websocket.receive", "text": "hello"}, 0),
        ({"type": "websocket.disconnect"}, 0),
        ({"type": "websocket.connect"}, 0),
    ],
    ids=["page", "fragment", "other", "long", "nonsense", "text", "disconnect", "connect"],
)
def test_a_run_of_the_whole_page_costs_most(message: Message, cost: float) -> None:
    assert cost_of(message) == pytest.approx(cost, abs=0.01)


def test_a_dragged_slider_and_a_fast_typist_never_wait() -> None:
    assert set(waits(1, apart=1 / 25, times=1000)) == {0.0}
    assert set(waits(PAGE_RUN, apart=1 / 8, times=1000)) == {0.0}


def test_a_flood_is_let_through_at_the_rate_that_is_allowed() -> None:
    seconds = waits(PAGE_RUN, apart=0.0, times=100)
    assert seconds[: int(BURST / PAGE_RUN)] == [0.0] * int(BURST / PAGE_RUN)
    assert seconds[-1] == pytest.approx((100 * PAGE_RUN - BURST) / RATE)


def test_after_a_rest_no_more_than_the_burst_has_come_back() -> None:
    allowance = Allowance(at=0.0)
    allowance.wait(BURST, now=0.0)
    assert allowance.wait(BURST, now=1000.0) == 0.0
    assert allowance.wait(1, now=1000.0) > 0


def test_messages_are_handed_on_in_their_order_once_they_have_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    rested: list[float] = []
    seen: list[Message] = []
    messages = [sent(fragment=str(number)) for number in range(3 * int(BURST))]

    async def sleep(seconds: float) -> None:
        rested.append(seconds)

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        seen.extend([await receive() for _ in messages])

    monkeypatch.setattr(pace.asyncio, "sleep", sleep)
    asyncio.run(Pace(app, clock=lambda: 0.0)({"type": "websocket"}, handed(messages), ignored))
    assert seen == messages
    waited = range(1 + 2 * int(BURST))
    together = [EXCESS * (number + 1) - BURST for number in waited]
    assert rested == pytest.approx(
        [max(one, both) / RATE for one, both in zip(waited, together, strict=True)], abs=0.03
    )


def test_those_of_one_address_who_flood_share_an_allowance_and_the_others_wait_for_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rested: list[float] = []

    async def sleep(seconds: float) -> None:
        rested.append(seconds)

    async def app(scope: Scope, receive: Receive, _send: Send) -> None:
        for _ in range(scope["asks"]):
            await receive()

    monkeypatch.setattr(pace.asyncio, "sleep", sleep)
    paced = Pace(app, clock=lambda: 0.0)

    def longest_rest(address: str, asks: float) -> float:
        rested.clear()
        messages = [sent(fragment="a")] * int(asks)
        scope = {"type": "websocket", "client": (address, 1), "asks": len(messages)}
        asyncio.run(paced(scope, handed(messages), ignored))
        return max(rested, default=0.0)

    rests = [longest_rest("1.1.1.1", asks=3 * BURST) for _ in range(4)]
    together = [EXCESS * number * (2 * BURST + 1) - BURST for number in range(1, 5)]
    assert rests == pytest.approx([max(2 * BURST, used) / RATE for used in together], abs=0.1)
    assert rests[-1] > 3 * rests[0]
    assert longest_rest("2.2.2.2", asks=3 * BURST) == rests[0]
    assert longest_rest("1.1.1.1", asks=BURST / 2) == 0.0


def test_requests_by_http_are_left_alone() -> None:
    kept: list[Receive] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        kept.append(receive)

    receive = handed([])
    asyncio.run(Pace(app)({"type": "http"}, receive, ignored))
    assert kept == [receive]


def handed(messages: list[Message]) -> Receive:
    rest = iter(messages)

    async def receive() -> Message:
        return next(rest)

    return receive


async def ignored(_message: Any) -> None:
    pass
