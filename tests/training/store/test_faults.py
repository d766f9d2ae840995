"""Faults of the database: locked, full, gone, too new. Each has a message, and nothing that was saved is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, TextClause, create_engine, event, text

from attnlab.training.store import (
    Counters,
    Point,
    RunConfig,
    RunStore,
    Snapshot,
    StoreBusy,
    StoreError,
    StoreFault,
    StoreFull,
    StoreReadOnly,
    StoreTorn,
    StoreUnreachable,
)
from attnlab.training.store.sql.database import Database
from attnlab.training.store.sql.log_file import log_path
from attnlab.training.store.sql.schema import VERSION

WEIGHTS = b"\x02\0\0\0\0\0\0\0{}"
NEVER = "sqlite:////nowhere/at/all/runs.db"


def with_run(store: RunStore) -> str:
    """A run with three points, held by "worker"."""
    run = store.runs.create(RunConfig("copy", ("rnn",)), owner="anna", name="run", lease_s=600)
    store.queue.claim("worker", run.id)
    store.points.append(run.id, "worker", [Point("rnn", step, loss=step / 7) for step in range(3)])
    return run.id


def rename_then(store: RunStore, statement: TextClause) -> None:
    """A transaction whose second half fails."""
    with store.database.writing() as connection:
        connection.execute(text("UPDATE runs SET name = 'half'"))
        connection.execute(statement)


def steps(store: RunStore, run: str) -> list[int]:
    return [point.step for point in store.points.after(run).points]


# --- locked -----------------------------------------------------------------------------------------------------------


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else writes and does not come to an end."""
    engine = create_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("LOCK TABLE runs, points IN SHARE MODE")
        yield
        connection.rollback()
    engine.dispose()


def test_a_locked_store_says_so_and_works_again_once_it_is_free(store: RunStore, database_url: str) -> None:
    run = with_run(store)
    impatient = RunStore(database_url, busy_timeout_s=0.1)
    with locked(database_url):
        calls: list[Callable[[], object]] = [
            lambda: impatient.points.append(run, "worker", [Point("rnn", 3)]),
            lambda: impatient.runs.rename(run, "other", by="anna"),
            lambda: impatient.queue.beat(run, "worker"),
        ]
        for call in calls:
            with pytest.raises(StoreBusy, match=r"busy. What was saved is intact; try again"):
                call()
        assert steps(impatient, run) == [0, 1, 2]  # readers go on
    assert impatient.points.append(run, "worker", [Point("rnn", 3)]) == 4
    assert steps(store, run) == [0, 1, 2, 3]
    impatient.close()


def test_a_writer_waits_for_its_turn(store: RunStore, database_url: str) -> None:
    run = with_run(store)
    done: list[int] = []
    writer = threading.Thread(target=lambda: done.append(store.points.append(run, "worker", [Point("rnn", 3)])))
    with locked(database_url):
        writer.start()
        writer.join(0.2)
        assert done == []
    writer.join(20)
    assert done == [4]


def test_a_store_that_somebody_else_is_just_making_is_waited_for(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'runs.db'}"
    opened: list[RunStore] = []
    opening = threading.Thread(target=lambda: opened.append(RunStore(url)))
    with locked(url):  # not in WAL mode yet: SQLite refuses the switch at once, whatever the timeout
        opening.start()
        opening.join(0.3)
        assert opened == []
        assert opening.is_alive()
    opening.join(60)
    assert opened[0].runs.history() == []
    opened[0].close()


def test_more_visitors_than_connections_are_told_to_come_again(database_url: str) -> None:
    engine = create_engine(database_url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    store = RunStore(engine)
    with store.database.reading(), pytest.raises(StoreBusy):
        store.runs.history()
    assert store.runs.history() == []
    store.close()


# --- readers never write, writers write from the start ----------------------------------------------------------------


def test_a_reader_cannot_write(store: RunStore) -> None:
    run = with_run(store)
    with pytest.raises(StoreFault), store.database.reading() as connection:
        connection.execute(text("UPDATE runs SET name = 'changed'"))
    assert store.runs.rename(run, "again", by="anna").name == "again"  # the same connection, as a writer


def test_no_transaction_ever_turns_from_reading_to_writing(tmp_path: Path) -> None:
    store = RunStore(f"sqlite:///{tmp_path / 'runs.db'}")
    assert upgrades(store.database.engine, lambda: everything(store)) == []


def test_a_store_that_begins_deferred_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = Connection.exec_driver_sql
    monkeypatch.setattr(
        Connection, "exec_driver_sql", lambda self, words, *rest: begin(self, words.replace(" IMMEDIATE", ""), *rest)
    )
    store = RunStore(f"sqlite:///{tmp_path / 'runs.db'}")
    assert upgrades(store.database.engine, lambda: everything(store)) != []


def test_the_trap_itself_a_deferred_upgrade_fails_at_once_whatever_the_timeout(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'runs.db'}"
    store, other = RunStore(url, busy_timeout_s=60), RunStore(url)
    run = with_run(store)

    def read_then_write() -> None:
        with store.database.writing() as connection:
            connection.rollback()
            connection.exec_driver_sql("BEGIN")
            connection.execute(text("SELECT * FROM runs")).all()
            other.runs.rename(run, "in between", by="anna")
            connection.execute(text("UPDATE runs SET name = 'lost'"))

    began = time.monotonic()
    with pytest.raises(StoreBusy):
        read_then_write()
    assert time.monotonic() - began < 30  # of 60 s that it might have waited
    with store.database.writing() as connection:  # as it is done: the other one waits, nobody fails
        connection.execute(text("SELECT * FROM runs")).all()
        thread = threading.Thread(target=lambda: other.runs.rename(run, "after", by="anna"))
        thread.start()
        thread.join(0.1)
        connection.execute(text("UPDATE runs SET name = 'first'"))
    thread.join(20)
    assert store.runs.get(run).name == "after"


def upgrades(engine: Engine, work: Callable[[], None]) -> list[str]:
    """Statements that wrote in a transaction which had not begun as a writer's."""
    found: list[str] = []
    last_begin = ""

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal last_begin
        if statement.startswith("BEGIN"):
            last_begin = statement
        elif not statement.startswith(("SELECT", "PRAGMA", "WITH")) and last_begin != "BEGIN IMMEDIATE":
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    work()
    return found


def everything(store: RunStore) -> None:
    """Every public method once."""
    run = with_run(store)
    store.points.append(run, "worker", [Point("rnn", step) for step in range(3, 300)], Counters(1, 1, 1.0))
    store.points.after(run)
    store.points.thinned(run)
    store.points.rewind(run, "worker", {"rnn": 200})
    store.snapshots.save(run, "worker", [Snapshot("rnn", 1, WEIGHTS)])
    store.snapshots.listed(run)
    store.snapshots.latest(run)
    store.snapshots.load(run, "rnn", 1)
    store.commands.send(run, "pause", by="anna")
    store.commands.acknowledge(run, "worker", store.commands.take(run, "worker"))
    store.commands.listed(run)
    store.queue.position(run)
    store.queue.renew_lease(run)
    store.queue.abandoned()
    store.queue.stop_abandoned()
    store.queue.requeue_silent(60)
    store.queue.claim("next", run, takeover=True)
    store.queue.beat(run, "next")
    store.queue.extend_leases()
    store.queue.give_back("next")
    store.queue.claim("next", run)
    store.queue.mark(run, "next", "finished")
    store.runs.rename(run, "other", by="anna")
    store.runs.history()
    list(store.export.csv(run))
    list(store.export.json(run))
    store.runs.delete(run, by="anna")


# --- full -------------------------------------------------------------------------------------------------------------


@contextmanager
def full(store: RunStore) -> Iterator[None]:
    """No room for one more page; on PostgreSQL the server says what it says when its disk is full."""
    if store.database.is_sqlite:
        with store.database.reading() as connection:  # the pool's only connection keeps the limit
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        yield
        with store.database.reading() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")
        return
    with store.database.writing() as connection:
        connection.exec_driver_sql(
            """CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"""
        )
        for table in ("points", "snapshots"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER full_{table} BEFORE INSERT ON {table} EXECUTE FUNCTION no_room()"
            )
    yield
    with store.database.writing() as connection:
        connection.exec_driver_sql("DROP FUNCTION no_room CASCADE")


def test_a_full_disk_loses_nothing_that_was_saved(store: RunStore) -> None:
    run = with_run(store)
    large = b"\xf8\xff\x0f\0\0\0\0\0" + b'{"__metadata__":{}}'.ljust(2**20 - 8)

    def fill() -> None:
        for step in range(3, 100_000, 500):
            store.points.append(run, "worker", [Point("rnn", step + n) for n in range(500)], Counters(step))

    with full(store):
        with pytest.raises(StoreFull, match=r"full\. What was saved is intact; delete runs or make room"):
            fill()
        with pytest.raises(StoreFull):
            store.snapshots.save(run, "worker", [Snapshot("rnn", 1, large)])
        saved = steps(store, run)
        assert saved == list(range(len(saved)))
        assert (len(saved) - 3) % 500 == 0  # whole batches
        row = store.runs.get(run)
        assert row.last_seq == len(saved)
        assert row.counters.step == max(0, saved[-1] - 499)
        assert store.snapshots.listed(run) == []
    assert store.points.append(run, "worker", [Point("rnn", len(saved))]) == len(saved) + 1
    store.snapshots.save(run, "worker", [Snapshot("rnn", 1, large)])
    assert len(store.snapshots.load(run, "rnn", 1).weights) == len(large)


# --- read-only, torn --------------------------------------------------------------------------------------------------


def read_only(file: Path) -> Engine:
    """As the system lets the app have a file that it may not write."""
    return create_engine(f"sqlite:///file:{file}?mode=ro&uri=true")


def test_a_file_that_cannot_be_written_says_so_and_is_read_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "runs.db"
    store = RunStore(f"sqlite:///{file}")
    run = with_run(store)
    with pytest.raises(StoreReadOnly):
        RunStore(read_only(file))  # before a run
    writable, store.database.engine = store.database.engine, read_only(file)  # during one
    with pytest.raises(StoreReadOnly, match="can be read but not written"):
        store.points.append(run, "worker", [Point("rnn", 3)])
    assert steps(store, run) == [0, 1, 2]
    store.close()
    store.database.engine = writable
    assert store.points.append(run, "worker", [Point("rnn", 3)]) == 4
    store.close()


@pytest.mark.parametrize("first", ["reader", "writer", "newcomer"])
def test_a_log_that_is_deleted_under_its_users_loses_nothing(tmp_path: Path, first: str) -> None:
    url = f"sqlite:///{tmp_path / 'runs.db'}"
    store, other = RunStore(url), RunStore(url)
    run = with_run(store)
    assert steps(other, run) == [0, 1, 2]
    (tmp_path / "runs.db-wal").unlink()
    if first == "newcomer":
        with pytest.raises(StoreTorn):  # until one who has it open comes by
            RunStore(url)
    elif first == "reader":
        assert steps(other, run) == [0, 1, 2]
    store.points.append(run, "worker", [Point("rnn", 3)])
    other.points.append(run, "worker", [Point("rnn", 4)])
    store.points.append(run, "worker", [Point("rnn", 5)])
    newest = RunStore(url)
    for one in (store, other, newest):
        assert steps(one, run) == [0, 1, 2, 3, 4, 5]
        with one.database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        one.close()
    again = RunStore(url)
    assert steps(again, run) == [0, 1, 2, 3, 4, 5]
    again.close()


# --- gone -------------------------------------------------------------------------------------------------------------


def test_connections_that_the_server_has_closed_are_replaced(new_postgres_url: Callable[[], str]) -> None:
    store = RunStore(new_postgres_url())
    run = with_run(store)
    for call in (lambda: store.points.append(run, "worker", [Point("rnn", 3)]), lambda: store.points.after(run)):
        other = create_engine(store.database.engine.url)
        with other.connect() as connection:  # as a restart of the server does
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
            )
        other.dispose()
        call()
    assert steps(store, run) == [0, 1, 2, 3]
    store.close()


def test_a_connection_lost_in_the_middle_saves_nothing_and_the_next_call_works(
    new_postgres_url: Callable[[], str],
) -> None:
    store = RunStore(new_postgres_url())
    run = with_run(store)
    with pytest.raises(StoreUnreachable):
        rename_then(store, text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert store.runs.get(run).name == "run"
    store.close()


@pytest.mark.parametrize(
    "url", [NEVER, "postgresql://anna:secret@/x?host=/nowhere", "postgresql://anna:secret@127.0.0.1:1/x"]
)
def test_a_store_that_is_not_there_says_so_and_tells_no_password(url: str) -> None:
    with pytest.raises(StoreUnreachable, match="cannot be reached") as refused:
        RunStore(url)
    assert "secret" not in str(refused.value)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Notes, not a database. " * 100, encoding="utf-8")
    before = file.read_bytes()
    with pytest.raises(StoreUnreachable):
        RunStore(f"sqlite:///{file}")
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("sqlite://", "a file: workers are other processes"),
        ("sqlite:///:memory:", "a file: workers are other processes"),
        ("mysql://anna:secret@host/x", "one of|an address such as"),
        ("secret nonsense", "an address such as sqlite:///runs.db or postgresql://host/name"),
        ("postgresql://anna:secret@host:port/x", "an address such as"),
        ("", "an address such as"),
    ],
)
def test_an_address_that_will_not_do_is_refused_and_not_repeated(url: str, allowed: str) -> None:
    with pytest.raises(StoreError, match=allowed) as refused:
        RunStore(url)
    assert refused.value.field == "url"
    assert "secret" not in str(refused.value)


# --- engines and schemas of others ------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"isolation_level": "AUTOCOMMIT"}])
def test_an_engine_that_others_use_is_fine_and_stays_usable(database_url: str, options: dict[str, str]) -> None:
    engine = create_engine(database_url).execution_options(**options)
    with engine.connect() as connection:  # the pool is not empty when the store comes
        connection.execute(text("SELECT 1"))
    store = RunStore(engine)
    run = with_run(store)
    with pytest.raises(StoreFault):
        rename_then(store, text("SELECT no_such_column FROM runs"))
    assert store.runs.get(run).name == "run"
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mine (x INTEGER)"))
    store.close()


def test_a_store_opened_again_has_kept_everything(store: RunStore, database_url: str) -> None:
    run = with_run(store)
    again = RunStore(database_url)
    assert again.runs.get(run) == store.runs.get(run)
    assert steps(again, run) == [0, 1, 2]
    again.close()


@pytest.mark.parametrize(
    ("version", "reason"),
    [(VERSION + 1, rf"schema \({VERSION + 1}\) must be at most {VERSION}.*newer version"), (0, "cannot bring")],
)
def test_another_schema_is_refused_and_left_alone(
    store: RunStore, database_url: str, version: int, reason: str
) -> None:
    run = with_run(store)
    with store.database.writing() as connection:
        connection.execute(text("UPDATE schema_version SET version = :version"), {"version": version})
    with pytest.raises(StoreError, match=reason):
        RunStore(database_url)
    assert steps(store, run) == [0, 1, 2]


def test_tables_of_somebody_else_are_left_alone(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE runs (mine INTEGER)"))
    with pytest.raises(StoreError, match=r"schema .* must be in a database of its own"):
        RunStore(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT mine FROM runs")).all() == []
    engine.dispose()


def test_readers_are_many(store: RunStore) -> None:
    run = with_run(store)
    with store.database.reading() as one, store.database.reading() as two:
        assert one.execute(text("SELECT count(*) FROM points")).scalar() == 3
        store.points.append(run, "worker", [Point("rnn", 3)])  # a writer beside two readers
        assert two.execute(text("SELECT count(*) FROM points")).scalar() in {3, 4}
        assert one.execute(text("SELECT count(*) FROM points")).scalar() == 3  # one moment for each reader


def test_sqlite_is_set_up_for_readers_beside_a_writer(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'runs.db'}", busy_timeout_s=1.5)
    with database.reading() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys")
        }
        assert found == {"journal_mode": "wal", "foreign_keys": 1}
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 1500
    database.engine.dispose()


def test_where_a_file_in_use_cannot_be_deleted_nobody_looks_after_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(tmp_path / "runs.db")
    assert log_path(file) == Path(f"{file}-wal")
    assert log_path("file:shared?mode=memory") is None
    monkeypatch.setattr("sys.platform", "win32")
    assert log_path(file) is None
