"""Who sits in a room: seats are random numbers of browsers, and nobody's names."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from attnlab.classroom.codes import is_seat
from attnlab.classroom.errors import FullError
from attnlab.classroom.room import room_row
from attnlab.classroom.schema import rooms, seats
from attnlab.training.store import Clock, StoreError
from attnlab.training.store.sql.database import Database

MOST_SEATS = 200
AWAY = timedelta(seconds=45)
"""A seat that has not been heard of for so long is empty."""


def sit_down(connection: Connection, code: str, seat: str, now: datetime) -> None:
    """Take a seat in a room whose row is locked, or be seen on it.

    Raises:
        FullError: others have taken all.
        StoreError: that is no seat.
    """
    if not is_seat(seat):
        raise StoreError("seat", seat, "22 letters, digits, - and _, made at random")
    taken = update(seats).where(seats.c.code == code, seats.c.seat == seat).values(seen=now)
    if connection.execute(taken).rowcount:
        return
    count = select(func.count()).where(seats.c.code == code)
    if connection.execute(count).scalar_one() >= MOST_SEATS:
        connection.execute(delete(seats).where(seats.c.code == code, seats.c.seen <= now - AWAY))
        if connection.execute(count).scalar_one() >= MOST_SEATS:
            raise FullError("seats", MOST_SEATS + 1, f"at most {MOST_SEATS} in a room", "places", most=MOST_SEATS)
    connection.execute(insert(seats).values(code=code, seat=seat, seen=now))


class Sitting:
    """The seats of all rooms."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def sit(self, code: str, seat: str) -> None:
        """Take a seat, or be seen on it.

        Raises:
            NoRoomError: there is no such room.
            FullError: others have taken all.
            StoreError: that is no seat.
        """
        with self._database.writing() as connection:
            now = self._clock(connection)
            room_row(connection, code, now, lock=True)
            sit_down(connection, code, seat, now)
            connection.execute(update(rooms).where(rooms.c.code == code).values(touched=now))

    def see(self, sitting: Mapping[str, Collection[str]]) -> None:
        """Of these seats, by room, somebody has been heard. It keeps no room alive: a forgotten tab is no class."""
        with self._database.writing() as connection:
            now = self._clock(connection)
            for code, here in sitting.items():
                heard = (seats.c.code == code) & seats.c.seat.in_(here)
                connection.execute(update(seats).where(heard).values(seen=now))

    def present(self, codes: Collection[str]) -> dict[str, int]:
        """How many sit in each room now."""
        with self._database.reading() as connection:
            since = self._clock(connection) - AWAY
            query = select(seats.c.code, func.count()).where(seats.c.code.in_(codes), seats.c.seen > since)
            found = {row[0]: row[1] for row in connection.execute(query.group_by(seats.c.code))}
        return {code: found.get(code, 0) for code in codes}
