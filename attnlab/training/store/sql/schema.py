"""The tables and their version."""

from collections.abc import Callable, Mapping

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    inspect,
    select,
)

from attnlab.training.store.checks import ID_LENGTH
from attnlab.training.store.errors import StoreError
from attnlab.training.store.sql.columns import EXACT_FLOAT, UtcTime

VERSION = 4
"""Of the tables. Raise it with every change to them, and bring older stores up to it in `_UPGRADES`."""

MAX_NAME = 80
MAX_OWNER = 128
MAX_CONTENDER = 40
DIGEST_LENGTH = 32

metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

runs = Table(
    "runs",
    metadata,
    Column("id", String(ID_LENGTH), primary_key=True),
    Column("created", UtcTime, nullable=False),
    Column("started", UtcTime),
    Column("ended", UtcTime),
    Column("owner", String(MAX_OWNER), nullable=False),
    Column("name", String(MAX_NAME), nullable=False),
    Column("status", String(12), nullable=False),
    Column("config", Text, nullable=False),
    Column("message", Text, nullable=False, default=""),
    Column("lease_until", UtcTime, nullable=False),
    Column("worker", String(MAX_OWNER)),
    Column("heartbeat", UtcTime),
    Column("attempts", Integer, nullable=False, default=0),
    Column("claims", Integer, nullable=False, default=0),  # since version 3
    Column("step", BigInteger, nullable=False, default=0),
    Column("examples", BigInteger, nullable=False, default=0),
    Column("seconds", EXACT_FLOAT, nullable=False, default=0.0),
    Column("last_seq", BigInteger, nullable=False, default=0),
    Column("rewinds", Integer, nullable=False, default=0),
    Column("pinned", Boolean, nullable=False, default=False),  # since version 4
    Index("runs_by_status", "status", "created"),
    Index("runs_by_owner", "owner", "created"),
    Index("runs_by_created", "created"),
)


def _run_column() -> Column[str]:
    return Column("run", String(ID_LENGTH), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)


# `seq` counts 1, 2, 3, ... within a run, in the order of commits, because the run's row is locked while points are
# added. An autoincrement would not do: of two transactions on PostgreSQL the later number can be visible first, and
# a page that polls "newer than the last I have" would never see the other.
points = Table(
    "points",
    metadata,
    _run_column(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("contender", String(MAX_CONTENDER), nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("examples", BigInteger, nullable=False),
    Column("seconds", EXACT_FLOAT, nullable=False),
    Column("loss", EXACT_FLOAT),
    Column("metric", EXACT_FLOAT),
    Column("lr", EXACT_FLOAT),
    Column("grad_norm", EXACT_FLOAT),
    Column("tokens_per_s", EXACT_FLOAT),
    Column("extras", Text),
    sqlite_with_rowid=False,
)

# Which points an overview shows, see overview.py. Derived from `points`.
overview = Table(
    "overview",
    metadata,
    _run_column(),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

snapshots = Table(
    "snapshots",
    metadata,
    _run_column(),
    Column("contender", String(MAX_CONTENDER), primary_key=True),
    Column("step", BigInteger, primary_key=True, autoincrement=False),
    Column("created", UtcTime, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("meta", Text, nullable=False),
    Column("weights", LargeBinary, nullable=False),  # last: SQLite reads the columns before it without the blob
)

commands = Table(
    "commands",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("run", String(ID_LENGTH), ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("value", EXACT_FLOAT),
    Column("created", UtcTime, nullable=False),
    Column("taken_by", String(MAX_OWNER)),
    Column("acknowledged", UtcTime),
    Column("note", Text, nullable=False, default=""),
    Index("commands_of_run", "run", "acknowledged", "id"),
)

# Since version 2. What learners brought to train on, see datasets.py.
datasets = Table(
    "datasets",
    metadata,
    Column("digest", String(DIGEST_LENGTH), primary_key=True),
    Column("saved", UtcTime, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

# Since version 4. What is done now and then, by whichever process comes first, see keeping.py.
chores = Table(
    "chores",
    metadata,
    Column("name", String(MAX_CONTENDER), primary_key=True),
    Column("done", UtcTime, nullable=False),
)


def ensure_schema(connection: Connection) -> None:
    """Make the tables that are missing, in an older store too; refuse those of a newer version.

    Raises:
        StoreError: a newer schema, which this version of the app would damage, or one it cannot bring up to date.
    """
    there = set(inspect(connection).get_table_names())
    if schema_version.name not in there:
        if taken := there & set(metadata.tables):
            allowed = "in a database of its own: these tables are somebody else's"
            raise StoreError("schema", sorted(taken), allowed, "foreign")
        metadata.create_all(connection)
        connection.execute(schema_version.insert().values(version=VERSION))
        return
    found = connection.execute(select(schema_version.c.version)).scalar()
    if found is not None and found > VERSION:
        allowed = f"at most {VERSION}: the store has a newer schema, made by a newer version of the app; update the app"
        raise StoreError("schema", found, allowed, "version", newest=VERSION)
    if found is None or found not in {*_UPGRADES, VERSION}:
        allowed = f"{VERSION}: this version of the app cannot bring the store up to date"
        raise StoreError("schema", found, allowed, "version", newest=VERSION)
    for version in range(found, VERSION):
        _UPGRADES[version](connection)
    connection.execute(schema_version.update().values(version=VERSION))


def _add_datasets(connection: Connection) -> None:
    datasets.create(connection)


def _add_claims(connection: Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE runs ADD COLUMN claims INTEGER NOT NULL DEFAULT 0")
    connection.execute(runs.update().values(claims=runs.c.attempts))


def _add_pins(connection: Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE runs ADD COLUMN pinned BOOLEAN NOT NULL DEFAULT FALSE")
    chores.create(connection)


_UPGRADES: Mapping[int, Callable[[Connection], None]] = {1: _add_datasets, 2: _add_claims, 3: _add_pins}
"""What brings a store of each version up to the next."""
