"""A room as it is read from its row."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from attnlab.classroom.codes import is_code
from attnlab.classroom.errors import NoRoomError
from attnlab.classroom.polls import Poll, from_json
from attnlab.classroom.schema import rooms

LIFE = timedelta(hours=12)
"""Of a room after it was touched last: by its teacher, by somebody who sits down, by a vote."""


@dataclass(frozen=True)
class Room:
    """What a room shows."""

    code: str
    version: int  # grows with all that the class may see
    ballots: int  # grows with each vote
    page: str  # the path of the page that the teacher is on
    link: str  # its parameters
    controls: Mapping[str, list[str]]  # which of the explorer's controls to show, and which to lock
    polls: tuple[Poll, ...]

    @property
    def poll(self) -> Poll | None:
        """The question on the screens."""
        return self.polls[-1] if self.polls and self.polls[-1].state != "ended" else None


def room_row(connection: Connection, code: str, now: datetime, *, lock: bool = False) -> Row[Any]:
    """The row of a room that lives.

    Args:
        connection: a transaction, a writing one if `lock`.
        code: of the room.
        now: by the clock of that transaction.
        lock: nobody else changes it until the transaction ends.

    Raises:
        NoRoomError: it never was, or has died.
    """
    if not is_code(code):
        raise NoRoomError(code)
    query = select(rooms).where(rooms.c.code == code, rooms.c.touched > now - LIFE)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NoRoomError(code)
    return row


def as_room(row: Row[Any]) -> Room:
    """The row as a value."""
    controls = {"show": [], "lock": []} | json.loads(row.controls)
    return Room(row.code, row.version, row.ballots, row.page, row.link, controls, from_json(row.polls))
