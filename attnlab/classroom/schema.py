"""The tables of rooms, beside those of the runs in one database; they know nothing of each other."""

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    inspect,
    select,
)

from attnlab.classroom.codes import CODE_LENGTH, HASH_LENGTH, MAX_SEAT
from attnlab.training.store import StoreError
from attnlab.training.store.sql.columns import UtcTime

VERSION = 2
"""Of the tables. Rooms live for hours: whoever changes them raises it, and the tables of before are made anew."""
MAX_PAGE = 24
MAX_ANSWER = 160

metadata = MetaData()

class_schema = Table("class_schema", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

rooms = Table(
    "rooms",
    metadata,
    Column("code", String(CODE_LENGTH), primary_key=True),
    Column("secret_hash", String(HASH_LENGTH), nullable=False),
    Column("version", BigInteger, nullable=False),  # of what the whole class may see
    Column("ballots", BigInteger, nullable=False),  # that were cast: what the teacher may see beyond
    Column("page", String(MAX_PAGE), nullable=False),
    Column("link", Text, nullable=False),
    Column("controls", Text, nullable=False),
    Column("polls", Text, nullable=False),
    Column("opened", UtcTime, nullable=False),
    Column("touched", UtcTime, nullable=False),
    Index("rooms_by_touch", "touched"),
)


def _code_column() -> Column[str]:
    return Column("code", String(CODE_LENGTH), ForeignKey("rooms.code", ondelete="CASCADE"), primary_key=True)


seats = Table(
    "seats",
    metadata,
    _code_column(),
    Column("seat", String(MAX_SEAT), primary_key=True),
    Column("seen", UtcTime, nullable=False),
)

votes = Table(
    "votes",
    metadata,
    _code_column(),
    Column("question", Integer, primary_key=True, autoincrement=False),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("seat", String(MAX_SEAT), primary_key=True),
    Column("answer", String(MAX_ANSWER), nullable=False),
)


def ensure_tables(connection: Connection) -> None:
    """Make the tables where there are none yet; those of an earlier version give way, with their few hours of rooms.

    Raises:
        StoreError: tables of these names that are somebody else's, or a later version's.
    """
    there = set(inspect(connection).get_table_names())
    if class_schema.name not in there:
        if taken := there & set(metadata.tables):
            allowed = "in a database of its own: these tables are somebody else's"
            raise StoreError("schema", sorted(taken), allowed, "foreign")
        metadata.create_all(connection)
        connection.execute(class_schema.insert().values(version=VERSION))
        return
    found = connection.execute(select(class_schema.c.version)).scalar()
    if found is not None and found < VERSION:
        metadata.drop_all(connection)
        metadata.create_all(connection)
        connection.execute(class_schema.insert().values(version=VERSION))
    elif found != VERSION:
        allowed = f"{VERSION}: the rooms in this database are of another version of the app"
        raise StoreError("schema", found, allowed, "version", newest=VERSION)
