"""Rows of `runs`, and the one statement that lets a worker write."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from attnlab.training.store.checks import checked_id
from attnlab.training.store.errors import NotHeldError, NotOwnerError, UnknownRunError
from attnlab.training.store.sql.schema import runs
from attnlab.training.store.values import ADMINISTRATOR, Caller, Counters, Run, RunConfig


def run_row(connection: Connection, run: str, *, lock: bool = False) -> Row[Any]:
    """The row of a run.

    Args:
        connection: a transaction, a writing one if `lock`.
        run: which.
        lock: nobody else changes it until the transaction ends.

    Raises:
        UnknownRunError: there is none.
    """
    query = select(runs).where(runs.c.id == checked_id(run))
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise UnknownRunError(run)
    return row


def owned_row(connection: Connection, run: str, by: Caller) -> Row[Any]:
    """The row of a run that somebody wants to change, locked.

    Raises:
        UnknownRunError: there is none.
        NotOwnerError: whoever asks has not started it.
    """
    row = run_row(connection, run, lock=True)
    if by is not ADMINISTRATOR and not (by and secrets.compare_digest(row.owner.encode(), by.encode())):
        raise NotOwnerError(run)
    return row


def held_row(
    connection: Connection, run: str, worker: str, now: datetime, values: Mapping[str, Any] | None = None
) -> Row[Any]:
    """The row of a run after a write by the worker that holds it: its heartbeat, and new `values` of columns.

    The first statement of each transaction of a worker. It locks the row, so a worker that lost the run cannot slip
    something in, and what one run's transactions add becomes visible in the order of its numbers.

    Raises:
        NotHeldError: the worker does not hold the run.
        UnknownRunError: there is no such run.
    """
    mine = (runs.c.id == checked_id(run)) & (runs.c.worker == worker)
    row = connection.execute(
        update(runs).where(mine).values({"heartbeat": now} | dict(values or {})).returning(*runs.c)
    ).first()
    if row is None:
        status = run_row(connection, run).status
        raise NotHeldError("worker", worker, f"the one that holds the run, which is {status}")
    return row


def as_run(row: Row[Any]) -> Run:
    """The row as a value; what was asked for beside the columns of `runs` is left out."""
    columns = {column.name: row._mapping[column] for column in runs.c}
    counters = Counters(columns.pop("step"), columns.pop("examples"), columns.pop("seconds"))
    return Run(config=RunConfig.from_json(columns.pop("config")), counters=counters, **columns)
