"""Rooms: made, led, followed, and dead after twelve hours; on SQLite and PostgreSQL."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from attnlab.classroom import FullError, NoRoomError, NotTeacherError, Poll, RoomStore
from attnlab.classroom import rooms as of_rooms
from attnlab.classroom import sitting as of_sitting
from attnlab.classroom.codes import new_secret
from attnlab.classroom.schema import VERSION, class_schema
from attnlab.classroom.schema import rooms as rooms_table
from attnlab.training import RunStore
from attnlab.training.store import StoreError
from attnlab.training.store.sql.database import Database
from tests.classroom.conftest import Class
from tests.training.clock import FakeClock

HOUR_S = 3600


def test_a_room_opens_on_the_explorer_as_it_opens(a_class: Class) -> None:
    room = a_class.rooms.look(a_class.code)
    assert (room.page, room.link, room.poll, room.controls) == ("", "", None, {"show": [], "lock": []})


def test_the_secret_is_nowhere_in_the_database(a_class: Class, database_url: str) -> None:
    database = Database(database_url)
    with database.reading() as connection:
        (row,) = connection.execute(select(rooms_table)).all()
    database.engine.dispose()
    assert a_class.secret not in repr(row)


def test_only_the_teacher_leads(a_class: Class) -> None:
    rooms, code = a_class.rooms, a_class.code
    before = rooms.look(code)
    deeds: list[Callable[[str], None]] = [
        lambda secret: rooms.move(code, secret, "blocks", ""),
        lambda secret: rooms.choose_controls(code, secret, [], ["mask"]),
        lambda secret: rooms.ask(code, secret, Poll("How much?", "number")),
        lambda secret: rooms.go_on(code, secret, "close"),
    ]
    for secret in ("", "x", new_secret(), a_class.seats[0], "\ud800"):
        assert not rooms.is_teacher(code, secret)
        for deed in deeds:
            with pytest.raises(NotTeacherError):
                deed(secret)
    assert rooms.look(code) == before
    for number, deed in enumerate(deeds):
        deed(a_class.secret)
        assert rooms.look(code).version == before.version + number + 1


def test_a_teacher_of_one_room_does_not_lead_another(a_class: Class) -> None:
    other, _ = a_class.rooms.make()
    with pytest.raises(NotTeacherError):
        a_class.rooms.move(other, a_class.secret, "", "heads=2")


def test_a_room_dies_twelve_hours_after_it_was_touched(a_class: Class, clock: FakeClock) -> None:
    rooms, code = a_class.rooms, a_class.code
    clock.advance(12 * HOUR_S - 1)
    rooms.move(code, a_class.secret, "", "heads=2")
    clock.advance(12 * HOUR_S - 1)
    assert rooms.look(code).link == "heads=2"
    clock.advance(1)
    for deed in (
        lambda: rooms.look(code),
        lambda: rooms.move(code, a_class.secret, "", ""),
        lambda: rooms.sitting.sit(code, a_class.seats[0]),
        lambda: rooms.is_teacher(code, a_class.secret),
    ):
        with pytest.raises(NoRoomError):
            deed()
    assert rooms.news({code: (0, 0)}) == {code: None}


def test_a_forgotten_tab_keeps_no_room_alive(a_class: Class, clock: FakeClock) -> None:
    for _ in range(13):
        clock.advance(HOUR_S)
        a_class.rooms.sitting.see({a_class.code: a_class.seats})
    with pytest.raises(NoRoomError):
        a_class.rooms.look(a_class.code)


@pytest.mark.parametrize("code", ["", "BCDF", "bcdfg", "ZZZZZ", "A' OR 1=1", "x" * 10_000])
def test_an_unknown_code_is_no_room(code: str, rooms: RoomStore) -> None:
    with pytest.raises(NoRoomError):
        rooms.look(code)


def test_there_are_so_many_rooms_and_dead_or_unused_ones_give_way(
    rooms: RoomStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_rooms, "MOST_ROOMS", 3)
    used, _ = rooms.make()
    rooms.sitting.sit(used, new_secret())
    unused = [rooms.make()[0] for _ in range(2)]
    with pytest.raises(FullError):
        rooms.make()
    clock.advance(HOUR_S)
    fresh, _ = rooms.make()
    assert {rooms.look(code).code for code in (used, fresh)} == {used, fresh}
    for code in unused:
        with pytest.raises(NoRoomError):
            rooms.look(code)


def test_there_are_so_many_seats_and_those_who_left_give_way(
    a_class: Class, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms, code = a_class.rooms, a_class.code
    monkeypatch.setattr(of_sitting, "MOST_SEATS", 3)
    late = new_secret()
    with pytest.raises(FullError):
        rooms.sitting.sit(code, late)
    rooms.sitting.sit(code, a_class.seats[0])
    clock.advance(46)
    rooms.sitting.see({code: [a_class.seats[0]]})
    rooms.sitting.sit(code, late)
    assert rooms.sitting.present([code]) == {code: 2}


def test_who_is_not_heard_of_is_not_counted(a_class: Class, clock: FakeClock) -> None:
    rooms, code = a_class.rooms, a_class.code
    other, _ = rooms.make()
    assert rooms.sitting.present([code, other]) == {code: 3, other: 0}
    clock.advance(44)
    rooms.sitting.see({code: a_class.seats[:1], other: [a_class.seats[1]]})
    clock.advance(2)
    assert rooms.sitting.present([code, other]) == {code: 1, other: 0}


def test_news_are_of_rooms_in_which_something_has_happened(a_class: Class) -> None:
    rooms, code = a_class.rooms, a_class.code
    quiet, _ = rooms.make()
    seen = {one: (rooms.look(one).version, 0) for one in (code, quiet)}
    assert rooms.news(seen) == {}
    rooms.move(code, a_class.secret, "models", "layer=3")
    assert rooms.news(seen) == {code: rooms.look(code)}


def test_a_room_holds_so_many_questions(a_class: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_rooms, "MOST_POLLS", 2)
    poll = Poll("How much?", "number")
    for _ in range(2):
        a_class.rooms.ask(a_class.code, a_class.secret, poll)
    with pytest.raises(StoreError, match="at most 2"):
        a_class.rooms.ask(a_class.code, a_class.secret, poll)


def test_runs_and_rooms_share_a_database(database_url: str) -> None:
    store = RunStore(database_url)
    code, _ = RoomStore(store.database).make()
    again = RunStore(database_url)
    assert RoomStore(again.database).look(code).code == code
    for one in (store, again):
        one.close()


def test_tables_of_an_earlier_version_give_way_with_their_rooms(database_url: str) -> None:
    database = Database(database_url)
    code, _ = RoomStore(database).make()
    with database.writing() as connection:
        connection.execute(class_schema.update().values(version=VERSION - 1))
    anew = RoomStore(database)
    with pytest.raises(NoRoomError):
        anew.look(code)
    code, _ = anew.make()
    assert RoomStore(database).look(code).code == code
    database.engine.dispose()


def test_tables_of_another_version_are_refused(database_url: str) -> None:
    database = Database(database_url)
    RoomStore(database)
    with database.writing() as connection:
        connection.execute(class_schema.update().values(version=VERSION + 1))
    with pytest.raises(StoreError, match="another version"):
        RoomStore(database)
    database.engine.dispose()


def test_somebody_else_s_tables_are_left_alone(database_url: str) -> None:
    database = Database(database_url)
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE votes (mine INTEGER)")
    with pytest.raises(StoreError, match="somebody else"):
        RoomStore(database)
    database.engine.dispose()
