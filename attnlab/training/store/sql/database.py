"""Transactions on SQLite and PostgreSQL that either only read or are writers from their first statement.

The trap: a SQLite transaction that reads first and writes later fails at once, whatever its timeout, if somebody
else wrote in between. Here every writer says BEGIN IMMEDIATE and a reader cannot write at all.
"""

import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from attnlab.training.store.errors import StoreError, faults_named, is_lock
from attnlab.training.store.sql.columns import EPOCH
from attnlab.training.store.sql.log_file import has_moved, log_path, save_moved
from attnlab.training.store.sql.schema import ensure_schema

DIALECTS = ("sqlite", "postgresql")
BUSY_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 5
_PREPARED = "attnlab_prepared"

Clock = Callable[[Connection], datetime]
"""Tells the time in a transaction."""

_MICROSECONDS = {  # since 1970; not `now()`, which stands still in a transaction that waits for a lock
    "sqlite": text("SELECT CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000"),
    "postgresql": text("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"),
}


def database_time(connection: Connection) -> datetime:
    """The time by the database's clock, in UTC: one clock for apps and workers on machines that disagree.

    On SQLite, which all share on one machine, to the millisecond.
    """
    since_1970: int = connection.execute(_MICROSECONDS[connection.dialect.name]).scalar_one()
    return EPOCH + timedelta(microseconds=since_1970)


class Database:
    """An engine with its tables, and the two kinds of transaction.

    Args:
        source: an address, or an engine such as `st.connection("runs", type="sql").engine`.
        busy_timeout_s: how long to wait for somebody else's lock.

    Raises:
        StoreError: an address that is none, another kind of database, SQLite without a file, a newer schema.
        StoreFault: the database cannot be reached, or is busy or full.
    """

    def __init__(self, source: Engine | URL | str, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.engine = source if isinstance(source, Engine) else _engine(source)
        self.busy_timeout_ms = round(busy_timeout_s * 1000)
        if self.engine.dialect.name not in DIALECTS:
            allowed = f"one of {', '.join(DIALECTS)}"
            raise StoreError("url", self.engine.dialect.name, allowed, "choice", choices=DIALECTS)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        if self.is_sqlite and self.engine.url.database in {None, "", ":memory:"}:
            raise StoreError("url", str(self.engine.url), "a file: workers are other processes and share it", "no_file")
        self._log = log_path(str(self.engine.url.database)) if self.is_sqlite else None
        try:
            with self.writing() as connection:
                self.serialise(connection, "schema")
                ensure_schema(connection)
        except BaseException:
            if self.engine is not source:  # nobody else could close it
                self.engine.dispose()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the database and cannot write."""
        with faults_named():
            connection = self._begun(write=False)
            try:
                yield connection
            finally:
                with connection:
                    connection.rollback()
                    if self.is_sqlite:  # the pool may be the app's: its connections go back as they came
                        connection.exec_driver_sql("PRAGMA query_only = 0")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is saved whole when its block ends, or not at all if that raises."""
        with faults_named():
            connection = self._begun(write=True)
            try:
                yield connection
                connection.commit()
            finally:
                connection.close()  # rolls back what was not committed

    def serialise(self, connection: Connection, key: str) -> None:
        """Let one writer at a time pass with this key, until its transaction ends. SQLite's are always alone."""
        if not self.is_sqlite:
            statement = text("SELECT pg_advisory_xact_lock(:store, :key)")
            connection.execute(statement, {"store": _lock_number("attnlab run store"), "key": _lock_number(key)})

    def _begun(self, *, write: bool) -> Connection:
        """A connection in its transaction. One that a pool kept too long, or whose log is gone, is replaced, once."""
        try:
            connection = self._begin_on(self.engine.connect(), write=write)
            if not self._log_moved(connection):
                return connection
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return self._begin_on(self.engine.connect(), write=write)

    def _log_moved(self, connection: Connection) -> bool:
        """Whether SQLite's log was deleted; then what it held has been saved, and connections must be new ones."""
        if self._log is None or not has_moved(connection, self._log):
            return False
        connection.rollback()
        save_moved(connection, self._log)
        connection.close()
        self.engine.dispose()
        return True

    def _begin_on(self, connection: Connection, *, write: bool) -> Connection:
        try:
            if self.is_sqlite:
                self._prepare_sqlite(connection)
                if not write:
                    connection.exec_driver_sql("PRAGMA query_only = 1")
                connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
            else:
                level = "READ COMMITTED" if write else "REPEATABLE READ"
                connection.execution_options(isolation_level=level, postgresql_readonly=not write)
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {self.busy_timeout_ms}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare_sqlite(self, connection: Connection) -> None:
        """Settings that a SQLite connection keeps, set when the pool hands it out for the first time."""
        driver = cast(sqlite3.Connection, connection.connection.driver_connection)
        driver.isolation_level = None  # or sqlite3 would begin transactions by itself, deferred ones
        if connection.info.get(_PREPARED):
            return
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {self.busy_timeout_ms}")
        connection.exec_driver_sql("PRAGMA foreign_keys = 1")
        # Safe against crashes of any process; a power cut may cost the last moments, never the database.
        connection.exec_driver_sql("PRAGMA synchronous = NORMAL")
        self._switch_to_wal(connection)
        connection.info[_PREPARED] = True

    def _switch_to_wal(self, connection: Connection) -> None:
        """Readers and one writer at once. The busy timeout does not cover the switch while somebody else writes."""
        deadline = time.monotonic() + self.busy_timeout_ms / 1000
        while True:
            try:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                return
            except DBAPIError as error:
                if not is_lock(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)


def _engine(source: URL | str) -> Engine:
    try:
        url = make_url(source)
        options = {} if url.get_backend_name() == "sqlite" else {"connect_args": {"connect_timeout": CONNECT_TIMEOUT_S}}
        return create_engine(url, **options)
    except (ArgumentError, ImportError, ValueError):  # ValueError: a port that is no number
        # The address may hold a password: not a word of it in a message.
        allowed = "an address such as sqlite:///runs.db or postgresql://host/name"
        raise StoreError("url", "...", allowed, "form") from None


def _lock_number(words: str) -> int:
    return zlib.crc32(words.encode()) - 2**31  # signed, 32 bits
