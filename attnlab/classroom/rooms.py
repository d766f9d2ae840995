"""The rooms: made, led, followed; who sits in them; their questions and the votes. No names, and nothing is kept long.

rooms = RoomStore(store.database)
code, secret = rooms.make()  # the teacher's browser
rooms.move(code, secret, page="", link="heads=4")
rooms.sitting.sit(code, seat)  # a student's
rooms.voting.vote(code, seat, 2)
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from attnlab.classroom import polls as of_polls
from attnlab.classroom.codes import hashed, matches, new_code, new_secret
from attnlab.classroom.errors import FullError, NotTeacherError
from attnlab.classroom.polls import Poll
from attnlab.classroom.room import LIFE, Room, as_room, room_row
from attnlab.classroom.schema import ensure_tables, rooms, seats
from attnlab.classroom.sitting import Sitting
from attnlab.classroom.voting import Voting
from attnlab.training.store import Clock, StoreError
from attnlab.training.store.sql.database import Database, database_time

UNUSED = timedelta(hours=1)
"""After which a room that nobody has entered gives way to another where there is none left."""
MOST_ROOMS = 100
MOST_POLLS = 50


class RoomStore:
    """All rooms of a database, their seats (`sitting`) and votes (`voting`).

    Args:
        database: the run store's.
        clock: tells the time in a transaction.

    Raises:
        StoreError: tables that are not ours.
        StoreFault: the database cannot be reached, or is busy or full.
    """

    def __init__(self, database: Database, clock: Clock = database_time) -> None:
        self._database, self._clock = database, clock
        self.sitting, self.voting = Sitting(database, clock), Voting(database, clock)
        with database.writing() as connection:
            database.serialise(connection, "class schema")
            ensure_tables(connection)

    # ---- the teacher's ---------------------------------------------------------------------------------------------

    def make(self) -> tuple[str, str]:
        """A new room: its code, and the secret of its teacher, which nobody can read again.

        Raises:
            FullError: there are as many as there may be.
        """
        secret = new_secret()
        with self._database.writing() as connection:
            self._database.serialise(connection, "rooms")
            now = self._clock(connection)
            self._make_way(connection, now)
            code = new_code()
            while connection.execute(select(rooms.c.code).where(rooms.c.code == code)).scalar():
                code = new_code()
            start = {"version": 1, "ballots": 0, "page": "", "link": "", "controls": "{}", "polls": "[]"}
            connection.execute(
                insert(rooms).values(code=code, secret_hash=hashed(secret), opened=now, touched=now, **start)
            )
        return code, secret

    def _make_way(self, connection: Connection, now: datetime) -> None:
        """Take dead rooms away, and where that is not enough those that nobody has entered."""
        connection.execute(delete(rooms).where(rooms.c.touched <= now - LIFE))
        if connection.execute(select(func.count()).select_from(rooms)).scalar_one() < MOST_ROOMS:
            return
        entered = select(seats.c.code).where(seats.c.code == rooms.c.code).exists()
        connection.execute(delete(rooms).where(rooms.c.touched <= now - UNUSED, ~entered))
        count = connection.execute(select(func.count()).select_from(rooms)).scalar_one()
        if count >= MOST_ROOMS:
            allowed = f"at most {MOST_ROOMS} at a time; try again in an hour"
            raise FullError("rooms", count + 1, allowed, "places", most=MOST_ROOMS)

    def is_teacher(self, code: str, secret: str) -> bool:
        """Whether a secret is that of the room's teacher. Raises as `look`."""
        with self._database.reading() as connection:
            return bool(secret) and matches(secret, room_row(connection, code, self._clock(connection)).secret_hash)

    def move(self, code: str, secret: str, page: str, link: str) -> None:
        """Lead the class to a page and its parameters, which the caller has checked.

        Raises:
            NoRoomError: there is none.
            NotTeacherError: whoever asks does not lead it.
        """
        self._led(code, secret, lambda _row: {"page": page, "link": link})

    def choose_controls(self, code: str, secret: str, show: Iterable[str], lock: Iterable[str]) -> None:
        """Which of the explorer's controls students find, and which they may not turn. Raises as `move`."""
        chosen = json.dumps({"show": list(show), "lock": list(lock)})
        self._led(code, secret, lambda _row: {"controls": chosen})

    def ask(self, code: str, secret: str, poll: Poll) -> None:
        """Put a question to the class, in the place of the one before. Raises as `move`, and for too many."""

        def asked(row: Row[Any]) -> dict[str, str]:
            before = of_polls.from_json(row.polls)
            if len(before) >= MOST_POLLS:
                allowed = f"at most {MOST_POLLS} in a room; make a new one"
                raise StoreError("questions", len(before) + 1, allowed, "places", most=MOST_POLLS)
            return {"polls": of_polls.as_json((*before, poll))}

        self._led(code, secret, asked)

    def go_on(self, code: str, secret: str, deed: str) -> None:
        """Close the question, show its answers, ask it again, or take it away.

        Raises:
            NoRoomError, NotTeacherError: as `move`.
            StoreError: there is no question, or it is not as far.
        """

        def gone_on(row: Row[Any]) -> dict[str, str]:
            polls = of_polls.from_json(row.polls)
            if not polls:
                raise StoreError("deed", deed, "ask, for nothing has been asked yet", "closed")
            return {"polls": of_polls.as_json((*polls[:-1], polls[-1].after(deed)))}

        self._led(code, secret, gone_on)

    def _led(self, code: str, secret: str, change: Callable[[Row[Any]], dict[str, str]]) -> None:
        with self._database.writing() as connection:
            row = room_row(connection, code, self._clock(connection), lock=True)
            if not matches(secret, row.secret_hash):
                raise NotTeacherError(code)
            values = {**change(row), "version": row.version + 1, "touched": self._clock(connection)}
            connection.execute(update(rooms).where(rooms.c.code == code).values(**values))

    # ---- everybody's -----------------------------------------------------------------------------------------------

    def look(self, code: str) -> Room:
        """What a room shows.

        Raises:
            NoRoomError: it never was, or has died.
        """
        with self._database.reading() as connection:
            return as_room(room_row(connection, code, self._clock(connection)))

    def news(self, seen: Mapping[str, tuple[int, int]]) -> dict[str, Room | None]:
        """The rooms in which something has happened since a version and a count of ballots; None for one that is gone.

        Two short statements where nothing has.
        """
        with self._database.reading() as connection:
            alive = rooms.c.touched > self._clock(connection) - LIFE
            states = select(rooms.c.code, rooms.c.version, rooms.c.ballots).where(rooms.c.code.in_(seen), alive)
            now = {code: (version, ballots) for code, version, ballots in connection.execute(states)}
            changed = [code for code, state in now.items() if state != seen[code]]
            found = connection.execute(select(rooms).where(rooms.c.code.in_(changed))).all() if changed else []
        gone: dict[str, Room | None] = {code: None for code in seen if code not in now}
        return gone | {row.code: as_room(row) for row in found}
