"""SQLite's write-ahead log, should somebody delete the file: what it held is in the hands of whoever has it open.

Connections from before still read and write the deleted file, later ones a new one, and both believe that it is the
same: the later ones fail, and what is only in the deleted file goes with the last that has it open. So each
transaction looks whether the log is still where it was, and one that finds it gone moves what is in it into the
database before it opens the database anew. Processes do so one after the other, else one would move what another has
already begun to write over.
"""

import logging
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection

SUFFIX = "-wal"
_KNOWN = "attnlab_log"
_TOUCH = "UPDATE schema_version SET version = version"

log = logging.getLogger(__name__)


def log_path(database: str) -> Path | None:
    """Where the log of a database is; None where that is not known, or where a file in use cannot be deleted."""
    return None if database.startswith("file:") or sys.platform == "win32" else Path(f"{database}{SUFFIX}")


def has_moved(connection: Connection, path: Path) -> bool:
    """Whether the log is not the file (any more) that this connection has open; first asked in a transaction."""
    found = _identity(path)
    if found is not None and _KNOWN not in connection.info:
        connection.info[_KNOWN] = found
    return bool(connection.info.get(_KNOWN) != found)


def save_moved(connection: Connection, path: Path) -> None:
    """Move what the deleted log holds into the database, unless another process has; then the database is opened anew.

    Args:
        connection: one that has the deleted file open, in no transaction.
        path: of the log.
    """
    with _alone(path):
        if not path.exists() or path.stat().st_size == 0:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            _begin_log(str(path).removesuffix(SUFFIX))
            log.warning("%s was deleted; what it held is saved in the database.", path)


def _begin_log(database: str) -> None:
    """Write a first entry into a new log: by its size other processes know that the deleted one was saved."""
    with closing(sqlite3.connect(database)) as anew:
        anew.execute(_TOUCH)
        anew.commit()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    import fcntl  # not on Windows, where nobody comes here

    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
