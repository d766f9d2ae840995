"""Rooms on the databases that the run store is tested on, and a class in one of them."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from attnlab.classroom import RoomStore
from attnlab.classroom.codes import new_secret
from attnlab.training.store.sql.database import Database
from tests.training.clock import FakeClock
from tests.training.conftest import clock, database_url, new_postgres_url, postgres_url

__all__ = ["clock", "database_url", "new_postgres_url", "postgres_url"]


@dataclass(frozen=True)
class Class:
    """A room, its teacher's secret and three who sit there."""

    rooms: RoomStore
    code: str
    secret: str
    seats: tuple[str, str, str]


@pytest.fixture
def rooms(database_url: str, clock: FakeClock) -> Iterator[RoomStore]:
    database = Database(database_url)
    yield RoomStore(database, clock)
    database.engine.dispose()


@pytest.fixture
def a_class(rooms: RoomStore) -> Class:
    code, secret = rooms.make()
    seats = (new_secret(), new_secret(), new_secret())
    for seat in seats:
        rooms.sitting.sit(code, seat)
    return Class(rooms, code, secret, seats)
