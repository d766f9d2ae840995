"""The last outcome of each claim, in the database of the run store: for all processes, with what measured it."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, MetaData, String, Table, Text, insert, select, update

from attnlab.claims.outcomes import Outcome, decided
from attnlab.engine import SpecError
from attnlab.training.store import Clock
from attnlab.training.store.sql.columns import UtcTime
from attnlab.training.store.sql.database import Database, database_time

MAX_CLAIM = 40
MOST_CHARACTERS = 100_000
"""Of one outcome, as JSON."""

metadata = MetaData()

# What is in it can be measured again: whoever changes the columns, or what an outcome tells, gives it another name.
outcomes = Table(
    "claim_outcomes",
    metadata,
    Column("claim", String(MAX_CLAIM), primary_key=True),
    Column("measured", UtcTime, nullable=False),
    Column("machine", Text, nullable=False),
    Column("told", Text, nullable=False),
)


@dataclass(frozen=True)
class KeptOutcome:
    """An outcome, what measured it, and when it was there."""

    outcome: Outcome
    machine: Mapping[str, str]  # as `attnlab.machine.machine` tells
    measured: datetime


class OutcomeStore:
    """The last outcome of each claim: so many rows at most as there are claims.

    Args:
        database: the run store's.
        clock: tells the time in a transaction.

    Raises:
        StoreFault: the database cannot be reached, or is busy or full.
    """

    def __init__(self, database: Database, clock: Clock = database_time) -> None:
        self._database, self._clock = database, clock
        with database.writing() as connection:
            database.serialise(connection, outcomes.name)
            metadata.create_all(connection)

    def keep(self, found: Outcome, machine: Mapping[str, str]) -> KeptOutcome:
        """Keep an outcome in the place of the one before.

        Raises:
            ValueError: one of more than `MOST_CHARACTERS`.
            StoreFault: the database could not.
        """
        told = json.dumps(found.to_json(), allow_nan=False)
        if len(told) > MOST_CHARACTERS:
            raise ValueError(f"outcome of {found.claim} ({len(told)} characters) must have at most {MOST_CHARACTERS}")
        with self._database.writing() as connection:
            self._database.serialise(connection, outcomes.name)
            now = self._clock(connection)
            self._put(connection, found.claim, {"measured": now, "machine": json.dumps(dict(machine)), "told": told})
        return KeptOutcome(found, machine, now)

    def _put(self, connection: Connection, claim: str, values: Mapping[str, Any]) -> None:
        there = connection.execute(update(outcomes).where(outcomes.c.claim == claim).values(**values))
        if not there.rowcount:
            connection.execute(insert(outcomes).values(claim=claim, **values))

    def last(self) -> dict[str, KeptOutcome]:
        """The last outcome by claim, its verdict by the rules of today; none of a claim that asks for something else.

        Raises:
            StoreFault: the database could not.
        """
        with self._database.reading() as connection:
            rows = connection.execute(select(outcomes)).all()
        found = {row.claim: (_outcome(row.told), row) for row in rows}
        return {
            name: KeptOutcome(outcome, json.loads(row.machine), row.measured)
            for name, (outcome, row) in found.items()
            if outcome is not None
        }


@functools.lru_cache(maxsize=256)
def _outcome(told: str) -> Outcome | None:
    """What `keep` has kept, if its claim is still there and its numbers are those that it asks for."""
    found = Outcome.from_json(json.loads(told))
    try:
        return replace(found, verdict=decided(found.claim, found.measured))
    except SpecError:
        return None
