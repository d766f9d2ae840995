"""Server-sent events: one task for all rooms, the latest message for each listener, comments in silence."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from attnlab.classroom import Poll, RoomStore
from attnlab.classroom.codes import new_secret
from attnlab.training import RunStore
from attnlab.ui.classroom import reader as of_reader
from attnlab.ui.classroom.limits import Limit, TooFastError
from attnlab.ui.classroom.opened import rooms
from attnlab.ui.classroom.reader import COMMENT, Reader

PATIENCE_S = 20


@pytest.fixture
def own(store: RunStore) -> RoomStore:
    return rooms()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await test()

    asyncio.run(bounded())


async def state(events: AsyncIterator[str], wanted: Callable[[dict[str, Any]], bool] = lambda _state: True) -> Any:
    """The next state that is wanted; comments are passed over."""
    async for event in events:
        if event.startswith("data: "):
            assert event.endswith("\n\n")
            told = json.loads(event.removeprefix("data: "))
            if wanted(told):
                return told
    raise AssertionError("the stream has ended")


def test_a_listener_is_told_the_room_at_once_and_whatever_becomes_of_it(own: RoomStore) -> None:
    code, secret = own.make()

    async def test() -> None:
        events = Reader(rooms, every_s=0.01).events(code, new_secret(), teacher=False)
        assert (await state(events))["link"] == ""
        await asyncio.to_thread(own.move, code, secret, "models", "layer=3")
        assert (await state(events, lambda told: told["page"] == "models"))["link"] == "layer=3"

    run(test)


def test_one_task_reads_for_all_and_ends_with_the_last_listener(own: RoomStore) -> None:
    codes = [own.make()[0] for _ in range(3)]

    async def test() -> None:
        reader = Reader(rooms, every_s=0.01)
        streams = [reader.events(code, new_secret(), teacher=False) for code in codes for _ in range(2)]
        for stream in streams:
            await state(stream)
        running = [task for task in asyncio.all_tasks() if "_read" in repr(task.get_coro())]
        assert len(running) == 1
        for stream in streams:
            await stream.aclose()  # type: ignore[attr-defined]
        await running[0]

    run(test)


def test_votes_are_told_to_the_teacher_alone(own: RoomStore) -> None:
    code, secret = own.make()
    own.ask(code, secret, Poll("Which?", "choice", ("a", "b")))
    seat = new_secret()

    async def test() -> None:
        reader = Reader(rooms, every_s=0.01)
        teacher, student = (reader.events(code, new_secret(), teacher=is_teacher) for is_teacher in (True, False))
        await state(student)
        await asyncio.to_thread(own.voting.vote, code, seat, 1)
        told = await state(teacher, lambda told: told["poll"]["answered"] == 1)
        assert "rounds" not in told["poll"]
        await asyncio.to_thread(own.go_on, code, secret, "close")
        seen = await state(student, lambda told: told["poll"]["state"] == "closed")
        assert not {"answered", "rounds"} & set(seen["poll"])

    run(test)


def test_a_teacher_is_told_how_many_there_are(own: RoomStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_reader, "COUNT_S", 0.01)
    code, _ = own.make()

    async def test() -> None:
        teacher = Reader(rooms, every_s=0.01).events(code, new_secret(), teacher=True)
        assert (await state(teacher))["present"] == 0
        await asyncio.to_thread(own.sitting.sit, code, new_secret())
        await state(teacher, lambda told: told["present"] == 1)

    run(test)


def test_in_silence_comments_are_sent(own: RoomStore) -> None:
    code, _ = own.make()

    async def test() -> None:
        events = Reader(rooms, every_s=0.01, comment_s=0.05).events(code, new_secret(), teacher=False)
        await state(events)
        assert await anext(events) == COMMENT

    run(test)


def test_a_slow_listener_misses_what_came_in_between_and_hears_the_latest(own: RoomStore) -> None:
    code, secret = own.make()

    async def test() -> None:
        reader = Reader(rooms, every_s=0.005)
        slow, quick = (reader.events(code, new_secret(), teacher=False) for _ in range(2))
        await state(slow)
        for head in range(1, 6):
            await asyncio.to_thread(own.move, code, secret, "", f"head={head}")
            await state(quick, lambda told, head=head: told["link"] == f"head={head}")  # type: ignore[misc]
        assert (await state(slow))["link"] == "head=5"

    run(test)


def test_a_room_that_dies_ends_its_streams(own: RoomStore, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _ = own.make()

    async def test() -> None:
        events = Reader(rooms, every_s=0.01).events(code, new_secret(), teacher=False)
        await state(events)
        monkeypatch.setattr(own, "news", dict.fromkeys)
        assert [event async for event in events if event != COMMENT] == []

    run(test)


def test_a_server_that_ends_ends_all_streams(own: RoomStore, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _ = own.make()

    async def test() -> None:
        events = Reader(rooms, every_s=0.01).events(code, new_secret(), teacher=False)
        await state(events)
        monkeypatch.setattr(of_reader, "is_ending", lambda: True)
        assert [event async for event in events if event != COMMENT] == []

    run(test)


def test_the_streams_of_a_seat_are_counted(own: RoomStore) -> None:
    code, seat = own.make()[0], new_secret()

    async def test() -> None:
        reader = Reader(rooms, every_s=0.01)
        streams = [reader.events(code, seat, teacher=False) for _ in range(2)]
        for stream in streams:
            await state(stream)
        assert (reader.streams(code, seat), reader.streams(code, new_secret())) == (2, 0)
        await streams[0].aclose()  # type: ignore[attr-defined]
        assert reader.streams(code, seat) == 1

    run(test)


def test_a_limit_gives_back_as_time_goes_by() -> None:
    now = [0.0]
    limit = Limit(2, clock=lambda: now[0])

    def taken(key: str) -> bool:
        try:
            limit.take(key)
        except TooFastError:
            return False
        return True

    assert [taken("a") for _ in range(3)] == [True, True, False]
    assert taken("b")
    now[0] = 0.5
    assert [taken("a") for _ in range(2)] == [True, False]
    now[0] = 100.0
    assert [taken("a") for _ in range(3)] == [True, True, False]
