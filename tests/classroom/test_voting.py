"""Votes: one a seat and round, while a question is open; what is read of them are counts."""

import threading

import pytest

from attnlab.classroom import FullError, Poll
from attnlab.classroom import sitting as of_sitting
from attnlab.classroom.codes import new_secret
from attnlab.training.store import StoreError
from tests.classroom.conftest import Class

CHOICE = Poll("Which?", "choice", ("a cat", "a dog"))


@pytest.fixture
def asked(a_class: Class) -> Class:
    a_class.rooms.ask(a_class.code, a_class.secret, CHOICE)
    return a_class


def counts(a_class: Class) -> list[int]:
    return [row["count"] for row in a_class.rooms.voting.counts(a_class.rooms.look(a_class.code))]


def test_a_later_answer_takes_the_place_of_an_earlier_one(asked: Class) -> None:
    voting, code = asked.rooms.voting, asked.code
    voting.vote(code, asked.seats[0], 1)
    voting.vote(code, asked.seats[1], 1)
    voting.vote(code, asked.seats[0], 2)
    room = asked.rooms.look(code)
    assert voting.tally(room, 1) == {1: {"1": 1, "2": 1}}
    assert [voting.answer_of(room, seat) for seat in asked.seats] == ["2", "1", None]


def test_a_vote_is_news_to_the_teacher_and_none_to_the_class(asked: Class) -> None:
    before = asked.rooms.look(asked.code)
    asked.rooms.voting.vote(asked.code, asked.seats[0], 1)
    after = asked.rooms.look(asked.code)
    assert (after.version, after.ballots) == (before.version, before.ballots + 1)


def test_nothing_is_voted_on_but_an_open_question(a_class: Class) -> None:
    rooms, code, secret = a_class.rooms, a_class.code, a_class.secret

    def refused() -> bool:
        with pytest.raises(StoreError, match="while a question is open"):
            rooms.voting.vote(code, a_class.seats[0], 1)
        return True

    assert refused()
    rooms.ask(code, secret, CHOICE)
    rooms.voting.vote(code, a_class.seats[0], 1)
    for deed in ("close", "show"):
        rooms.go_on(code, secret, deed)
        assert refused()
    rooms.go_on(code, secret, "again")
    rooms.voting.vote(code, a_class.seats[0], 2)
    rooms.go_on(code, secret, "end")
    assert refused()
    assert rooms.look(code).poll is None
    assert counts(a_class) == [1, 0, 0, 1]


def test_a_second_vote_stands_beside_the_first(asked: Class) -> None:
    rooms, code = asked.rooms, asked.code
    rooms.voting.vote(code, asked.seats[0], 1)
    for deed in ("close", "again"):
        rooms.go_on(code, asked.secret, deed)
    room = rooms.look(code)
    assert rooms.voting.answer_of(room, asked.seats[0]) is None
    rooms.voting.vote(code, asked.seats[0], 2)
    assert rooms.voting.tally(room, 1) == {1: {"1": 1}, 2: {"2": 1}}


def test_a_new_question_has_votes_of_its_own(asked: Class) -> None:
    rooms, code = asked.rooms, asked.code
    rooms.voting.vote(code, asked.seats[0], 1)
    rooms.ask(code, asked.secret, Poll("How much?", "number"))
    rooms.voting.vote(code, asked.seats[0], 0.5)
    room = rooms.look(code)
    assert [rooms.voting.tally(room, place) for place in (1, 2)] == [{1: {"1": 1}}, {1: {"0.5": 1}}]


def test_who_votes_needs_a_seat(asked: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    asked.rooms.voting.vote(asked.code, new_secret(), 1)
    monkeypatch.setattr(of_sitting, "MOST_SEATS", 4)
    with pytest.raises(FullError):
        asked.rooms.voting.vote(asked.code, new_secret(), 1)
    with pytest.raises(StoreError, match="seat"):
        asked.rooms.voting.vote(asked.code, "me", 1)


def test_what_cannot_be_answered_is_not_counted(asked: Class) -> None:
    with pytest.raises(StoreError, match="answer"):
        asked.rooms.voting.vote(asked.code, asked.seats[0], 3)
    assert asked.rooms.look(asked.code).ballots == 0


def test_votes_of_the_same_instant_are_all_counted(asked: Class) -> None:
    seats = [new_secret() for _ in range(24)]
    threads = [threading.Thread(target=asked.rooms.voting.vote, args=(asked.code, seat, 1)) for seat in seats]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    room = asked.rooms.look(asked.code)
    assert asked.rooms.voting.tally(room, 1) == {1: {"1": 24}}
    assert room.ballots == 24
