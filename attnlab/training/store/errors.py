"""What the store answers when it cannot do as asked: a refusal (StoreError) or a fault of the database (StoreFault)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

if TYPE_CHECKING:  # the store needs no torch, which the engine loads
    from attnlab.engine.errors import Code

SHOWN_CHARACTERS = 60


class StoreError(ValueError):
    """The store refuses what it was given, and nothing has changed.

    `field` names what was refused, so that a page can say so beside its control; `got` is the value, `allowed` says
    what it must be. All three are the exception's arguments, so it survives the way from a worker process. What a
    visitor can bring about has a `code` and the `values` that come with it, as a `SpecError` has (`engine/errors.py`).
    """

    def __init__(self, field: str, got: object, allowed: str, code: Code | None = None, **values: object) -> None:
        super().__init__(field, got, allowed)
        self.field, self.got, self.allowed = field, got, allowed
        self.code, self.values = code, {"got": got, **values}

    def __str__(self) -> str:
        shown = repr(self.got)  # escapes what a page or a log could not print
        if len(shown) > SHOWN_CHARACTERS:
            shown = shown[: SHOWN_CHARACTERS - 1] + "…"
        return f"{self.field} ({shown}) must be {self.allowed}"


class UnknownRunError(StoreError):
    """No such run: a mistyped link, or the run was deleted."""

    def __init__(self, run: object) -> None:
        super().__init__("run", run, "a run in the store; this one never existed or was deleted")
        self.args = (run,)


class NotHeldError(StoreError):
    """This worker does not hold the run (any more): it ended, was given to another worker or was taken back.

    The worker's remaining results are not wanted. It should stop.
    """


class NotOwnerError(StoreError):
    """Only who started the run may change it, and this is somebody else."""

    def __init__(self, run: str) -> None:
        super().__init__("run", run, "one that you have started; who has only its link may watch")
        self.args = (run,)


class LimitReachedError(StoreError):
    """The session has as many unfinished runs as it may have."""


class StoreFault(RuntimeError):  # noqa: N818 - the database's trouble, not an error of the caller
    """The database could not do it now. What was saved before is intact; nothing of this call was saved."""

    message = "The run store failed. What was saved is intact; this was not saved."
    code = "failed"
    """Of the sentence that a page says."""
    passes = False
    """Whether it goes by without anybody changing the program or what it was asked."""

    def __init__(self) -> None:
        super().__init__(self.message)

    def __reduce__(self) -> tuple[type[StoreFault], tuple[()]]:
        return type(self), ()


class StoreBusy(StoreFault):
    """The database stayed locked for longer than the timeout, or has no connection left."""

    code = "busy"
    passes = True
    message = "The run store is busy. What was saved is intact; try again in a moment."


class StoreFull(StoreFault):
    """The disk, or the space that the database may use, is full."""

    code = "full"
    passes = True
    message = "The run store is full. What was saved is intact; delete runs or make room, then try again."


class StoreUnreachable(StoreFault):
    """No connection: a server that is down, a wrong address, a file that cannot be opened or written."""

    code = "unreachable"
    passes = True
    message = "The run store cannot be reached. What was saved is intact; try again once its database is back."


class StoreReadOnly(StoreFault):
    """The database can be read and not written: its file or folder is read-only, or its server takes no writes."""

    code = "read_only"
    passes = True
    message = "The run store can be read but not written. What was saved is intact; let the app write to it again."


class StoreTorn(StoreFault):
    """SQLite's write-ahead log was deleted, and nobody who has it open has saved it yet (`log_file.py`)."""

    code = "torn"
    passes = True
    message = (
        "A file of the run store, its write-ahead log, was deleted. Whoever has it open saves it at the next write."
    )


@contextmanager
def faults_named() -> Iterator[None]:
    """Turn what a database driver raises into a StoreFault; the driver's own words stay in `__cause__`."""
    try:
        yield
    except DBAPIError as error:
        raise _fault(error) from error
    except PoolTimeoutError as error:
        raise StoreBusy from error
    except SQLAlchemyError as error:
        raise StoreFault from error


def is_lock(error: DBAPIError) -> bool:
    """Whether somebody else's lock was in the way."""
    return _fault_type(error) is StoreBusy


def _fault(error: DBAPIError) -> StoreFault:
    return _fault_type(error)()


def _fault_type(error: DBAPIError) -> type[StoreFault]:
    sqlite_code = getattr(error.orig, "sqlite_errorcode", None)
    if sqlite_code is not None:
        return _SQLITE.get(sqlite_code, _SQLITE.get(sqlite_code & 0xFF, StoreFault))
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return _POSTGRESQL.get(state, _POSTGRESQL.get(state[:2], StoreFault))
    # psycopg gives no state where it never got an answer.
    return StoreUnreachable if error.orig.__class__.__name__ == "OperationalError" else StoreFault


# Result codes, https://www.sqlite.org/rescode.html. The low byte is the primary code.
_SQLITE: dict[int, type[StoreFault]] = {
    5: StoreBusy,  # BUSY
    6: StoreBusy,  # LOCKED
    13: StoreFull,  # FULL
    4874: StoreFull,  # IOERR_SHMSIZE: no room for the index of the write-ahead log
    778: StoreFull,  # IOERR_WRITE: a quota, or a limit on the size of files
    8: StoreReadOnly,  # READONLY
    1032: StoreUnreachable,  # READONLY_DBMOVED: the file was moved or deleted
    522: StoreTorn,  # IOERR_SHORT_READ
    14: StoreUnreachable,  # CANTOPEN
    23: StoreUnreachable,  # AUTH
    26: StoreUnreachable,  # NOTADB
}
# SQLSTATE codes and classes, https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL: dict[str, type[StoreFault]] = {
    "53": StoreFull,  # disk full, out of memory, configured limit exceeded
    "53300": StoreBusy,  # too many connections
    "55P03": StoreBusy,  # lock timeout
    "57014": StoreBusy,  # statement timeout
    "40": StoreBusy,  # deadlock, serialization failure
    "08": StoreUnreachable,  # connection lost
    "57P01": StoreUnreachable,  # shut down by the administrator
    "57P02": StoreUnreachable,  # crashed
    "57P03": StoreUnreachable,  # starting up
    "28": StoreUnreachable,  # wrong password
    "3D": StoreUnreachable,  # no such database
    "25006": StoreReadOnly,  # the server takes no writes (a standby)
}
