"""Votes: one a seat in each round of a question. What is read of them are counts."""

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from attnlab.classroom.polls import Tally, counts_table
from attnlab.classroom.room import Room, as_room, room_row
from attnlab.classroom.schema import rooms, votes
from attnlab.classroom.sitting import sit_down
from attnlab.training.store import Clock, StoreError
from attnlab.training.store.sql.database import Database

KEY = ("code", "question", "round", "seat")


class Voting:
    """The votes of all rooms."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def vote(self, code: str, seat: str, given: object) -> None:
        """Answer the open question; a later answer takes the place of an earlier one.

        Raises:
            NoRoomError, FullError: as `sit`.
            StoreError: no question is open, or it cannot be answered so.
        """
        with self._database.writing() as connection:
            now = self._clock(connection)
            row = room_row(connection, code, now, lock=True)  # or the question might be closed in between
            room = as_room(row)
            poll = room.poll
            if poll is None or poll.state != "open":
                raise StoreError("vote", given, "given while a question is open; wait for the next one", "closed")
            answer = poll.answer(given)
            sit_down(connection, code, seat, now)
            cast = {"code": code, "question": len(room.polls), "round": poll.round, "seat": seat}
            make = sqlite.insert if self._database.is_sqlite else postgresql.insert
            connection.execute(
                make(votes)
                .values(**cast, answer=answer)
                .on_conflict_do_update(index_elements=KEY, set_={"answer": answer})
            )
            counted = {"ballots": row.ballots + 1, "touched": now}
            connection.execute(update(rooms).where(rooms.c.code == code).values(**counted))

    def answer_of(self, room: Room, seat: str) -> str | None:
        """What a seat has answered to the question on the screens; None for nothing yet."""
        if room.poll is None:
            return None
        mine = (votes.c.code == room.code) & (votes.c.seat == seat)
        asked = (votes.c.question == len(room.polls)) & (votes.c.round == room.poll.round)
        with self._database.reading() as connection:
            return connection.execute(select(votes.c.answer).where(mine, asked)).scalar()

    def tally(self, room: Room, question: int) -> Tally:
        """How often each answer was given to one of its questions, counted from 1."""
        query = (
            select(votes.c.round, votes.c.answer, func.count())
            .where(votes.c.code == room.code, votes.c.question == question)
            .group_by(votes.c.round, votes.c.answer)
        )
        found: dict[int, dict[str, int]] = {}
        with self._database.reading() as connection:
            for number, answer, count in connection.execute(query):
                found.setdefault(number, {})[answer] = count
        return found

    def counts(self, room: Room) -> list[dict[str, Any]]:
        """Of all its questions, a row for each answer."""
        tallies = [self.tally(room, place) for place in range(1, len(room.polls) + 1)]
        return counts_table(room.polls, tallies)
