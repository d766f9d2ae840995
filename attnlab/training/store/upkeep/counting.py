"""How many runs there are, for those who watch over the app."""

from sqlalchemy import func, select

from attnlab.training.store.sql.database import Database
from attnlab.training.store.sql.schema import runs
from attnlab.training.store.values import ACTIVE, ENDED, Status


def runs_by_status(database: Database) -> dict[Status, int]:
    """The number of runs of every status there is, 0 included.

    Raises:
        StoreFault: the database could not.
    """
    query = select(runs.c.status, func.count()).group_by(runs.c.status)
    with database.reading() as connection:
        counts: dict[Status, int] = dict(iter(connection.execute(query)))
    return {status: counts.get(status, 0) for status in (*ACTIVE, *ENDED)}
