"""What a room tells: to everybody, and to its teacher beyond. Counts of an open question are nobody's to see."""

import dataclasses
import json
from typing import Any

from attnlab.classroom import Room, RoomStore
from attnlab.ui.classroom.steps import told_step

WITH_COUNTS = {False: ("shown",), True: ("closed", "shown")}
"""In which states of a question counts are told, to the class and to its teacher."""


def told(rooms: RoomStore, room: Room, *, teacher: bool, present: int = 0) -> dict[str, Any]:
    """The room as JSON for those who follow it, or for its teacher.

    Args:
        rooms: the store, which counts votes.
        room: as it was read.
        teacher: for whom.
        present: how many sit there, which the teacher is told.
    """
    poll = _poll(rooms, room, teacher=teacher)
    common = {
        "seen": seen(room),
        "page": room.page,
        "link": room.link,
        "controls": room.controls,
        "poll": poll,
        "step": told_step(room),
        "teacher": teacher,
    }
    return common | ({"present": present, "asked": len(room.polls)} if teacher else {})


def seen(room: Room) -> str:
    """What a poll without a stream says of how far it has heard."""
    return f"{room.version}.{room.ballots}"


def as_text(state: dict[str, Any]) -> str:
    """On one line, as server-sent events need it."""
    return json.dumps(state, separators=(",", ":"))


def _poll(rooms: RoomStore, room: Room, *, teacher: bool) -> dict[str, Any] | None:
    poll = room.poll
    if poll is None:
        return None
    state = {"question": len(room.polls)} | dataclasses.asdict(poll)
    with_counts = poll.state in WITH_COUNTS[teacher]
    if not teacher and not with_counts:
        return state
    tally = rooms.voting.tally(room, len(room.polls))
    if teacher:
        state["answered"] = sum(tally.get(poll.round, {}).values())
    if with_counts:
        state["rounds"] = [poll.ordered(tally.get(number, {})) for number in range(1, poll.round + 1)]
    return state
