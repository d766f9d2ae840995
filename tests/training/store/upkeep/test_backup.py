"""A store as a file, and back: nothing is lost, and nothing comes in that is no backup."""

import json
import math
import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import event

from attnlab.training.store import ADMINISTRATOR, Counters, Point, Run, RunConfig, RunStore, Snapshot, StoreError
from attnlab.training.store.upkeep.backup import CONTENTS, VERSION, back_up
from attnlab.training.store.upkeep.restoring import restore
from tests.training.clock import FakeClock

CONTENDERS = ("attention", "rnn")
WEIGHTS = b"\x02\0\0\0\0\0\0\0{}"
POINTS = 700  # some blocks of two levels of overviews
ODD = (math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.5, None)
VERSE = b"sing, goddess"
RUN = "the run itself"


def trained(store: RunStore, name: str = "A run", owner: str = "anna") -> Run:
    """A run that has everything that a run can have."""
    config = RunConfig("copy", CONTENDERS, {"data_digest": store.datasets.save(VERSE), "lr": 0.1})
    run = store.runs.create(config, owner=owner, name=name, lease_s=86_400, limit=99).id
    store.queue.claim("worker", run)
    points = [
        Point(
            CONTENDERS[step % 2], step, step, step / 3, ODD[step % 7], ODD[step % 5], extras={"a": ODD[step % 3] or 0}
        )
        for step in range(POINTS)
    ]
    store.points.append(run, "worker", points, Counters(POINTS, 9, 1.25))
    store.points.rewind(run, "worker", {"rnn": POINTS - 100})
    store.snapshots.save(
        run, "worker", [Snapshot("rnn", 5, WEIGHTS, {"seconds": 0.5}), Snapshot("attention", 2, WEIGHTS)]
    )
    store.commands.send(run, "set_lr", 0.5, by=owner)
    store.commands.acknowledge(run, "worker", store.commands.take(run, "worker"), "From step 3 on.")
    store.queue.mark(run, "worker", "finished", "All done — “ja”.")
    return store.runs.pin(run, by=owner)


def everything(store: RunStore, run: str) -> list[Any]:
    """All that a page can see of a run, as text: NaN equals NaN there."""
    commands = [(one.kind, one.value, one.created, one.acknowledged, one.note) for one in store.commands.listed(run)]
    infos = store.snapshots.listed(run)
    weights = [store.snapshots.load(run, info.contender, info.step) for info in infos]
    curves = [store.points.after(run), store.points.thinned(run, 100)]
    return [repr(part) for part in (store.runs.get(run), curves, infos, weights, commands, *store.export.csv(run))]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.backup"


@pytest.fixture
def empty(tmp_path: Path, clock: FakeClock) -> RunStore:
    """Another store."""
    return RunStore(f"sqlite:///{tmp_path / 'other.db'}", clock=clock)


def test_what_was_backed_up_comes_back_as_it_was(store: RunStore, empty: RunStore, file: Path) -> None:
    runs = [trained(store, name) for name in ("one", "two")]
    waiting = store.runs.create(RunConfig("copy", ("rnn",)), owner="bert", name="waits")
    assert back_up(store.database, file) == 3
    assert restore(empty, file) == 3
    for run in (*runs, waiting):
        assert everything(empty, run.id) == everything(store, run.id)
    assert empty.datasets.load(str(runs[0].config.settings["data_digest"])) == VERSE
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir() if path.name.startswith("store")] == [file.name]


def test_a_store_comes_back_into_either_kind_of_database(store: RunStore, empty: RunStore, file: Path) -> None:
    run = trained(empty)
    back_up(empty.database, file)
    restore(store, file)
    assert everything(store, run.id) == everything(empty, run.id)


def test_a_run_that_was_under_way_waits_for_a_worker(store: RunStore, empty: RunStore, file: Path) -> None:
    run, paused = (store.runs.create(RunConfig("copy", ("rnn",)), owner="anna", name="run").id for _ in range(2))
    for each in (run, paused):
        store.queue.claim("worker", each)
    store.queue.mark(paused, "worker", "paused")
    back_up(store.database, file)
    restore(empty, file)
    restored = [empty.runs.get(each) for each in (run, paused)]
    assert [(each.status, each.worker) for each in restored] == [("queued", None), ("paused", None)]
    claimed = empty.queue.claim("another", run)
    assert claimed is not None
    assert claimed.claims == 2  # so the worker knows that another has had it


def test_an_app_at_work_is_neither_held_up_nor_half_seen(store: RunStore, empty: RunStore, file: Path) -> None:
    """What is written while the backup is made is not in it; and it can be written."""
    run = trained(store).id
    before = everything(store, run)
    written: list[str] = []

    def write(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "snapshots" in statement and threading.current_thread() is threading.main_thread() and not written:
            written.append(statement)
            thread = threading.Thread(target=lambda: store.runs.rename(run, "since", by="anna"))
            thread.start()
            thread.join(60)

    event.listen(store.database.engine, "before_cursor_execute", write)
    back_up(store.database, file)
    assert written
    assert store.runs.get(run).name == "since"
    restore(empty, file)
    assert everything(empty, run) == before


def test_a_run_that_is_there_already_is_left_alone_unless_told(store: RunStore, file: Path) -> None:
    old, other = trained(store, "old"), trained(store, "other")
    back_up(store.database, file)
    store.runs.rename(old.id, "renamed", by=ADMINISTRATOR)
    store.runs.delete(other.id, by=ADMINISTRATOR)
    with pytest.raises(StoreError, match=r"^run \('.*'\) must be new to the store.*\(1 are not\)$"):
        restore(store, file)
    assert [run.name for run in store.runs.history()] == ["renamed"]
    assert restore(store, file, "keep") == 1
    assert [run.name for run in store.runs.history()] == ["other", "renamed"]
    assert restore(store, file, "replace") == 2
    assert [run.name for run in store.runs.history()] == ["other", "old"]


def test_a_backup_that_fails_leaves_the_one_before(
    store: RunStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(store)
    back_up(store.database, file)
    before = file.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("attnlab.training.store.upkeep.backup._add_run", full)
    with pytest.raises(OSError, match="No space left"):
        back_up(store.database, file)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir() if path.name.startswith("store")] == [file.name]


# --- what is no backup ------------------------------------------------------------------------------------------------


def changed(file: Path, name: str, change: Callable[[bytes], bytes | None]) -> None:
    """The same archive, with one part of it otherwise, or without it."""
    original = file.with_suffix(".original")
    shutil.move(file, original)
    with ZipFile(original) as source, ZipFile(file, "w") as target:
        for entry in source.namelist():
            meant = entry.endswith(name) if name != RUN else re.fullmatch(r"runs/\w+\.json", entry)
            content = change(source.read(entry)) if meant else source.read(entry)
            if content is not None:
                target.writestr(entry, content)


def refused(store: RunStore, file: Path) -> StoreError:
    """Why; nothing of it is in the store."""
    with pytest.raises(StoreError) as why:
        restore(store, file)
    assert store.runs.history() == []
    assert len(str(why.value)) < 300
    return why.value


@pytest.fixture
def backup(file: Path, tmp_path: Path) -> Path:
    """Of a store with one run."""
    filled = RunStore(f"sqlite:///{tmp_path / 'filled.db'}")
    trained(filled)
    back_up(filled.database, file)
    filled.close()
    return file


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99, 0.9999])
def test_a_file_that_was_cut_is_refused(empty: RunStore, backup: Path, share: float) -> None:
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(share * len(whole))])
    assert "a whole backup: this is none, or its end is missing" in str(refused(empty, backup))


def test_a_file_with_another_byte_is_refused(empty: RunStore, backup: Path) -> None:
    with ZipFile(backup) as archive:
        inside = max(archive.infolist(), key=lambda entry: entry.compress_size)
    content = bytearray(backup.read_bytes())
    content[inside.header_offset + len(inside.FileHeader()) + inside.compress_size // 2] ^= 1
    backup.write_bytes(content)
    assert refused(empty, backup).field == "file"


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"PK\x03\x04", b"{}", bytes(10_000)])
def test_a_foreign_file_is_refused(empty: RunStore, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert "must be a whole backup" in str(refused(empty, file))


def test_a_foreign_archive_is_refused(empty: RunStore, file: Path) -> None:
    with ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert str(refused(empty, file)) == f"file ('store.backup') must be a backup: it has no {CONTENTS}"


def with_contents(**told: object) -> Callable[[bytes], bytes]:
    return lambda content: json.dumps(json.loads(content) | told).encode()


def test_a_newer_version_is_refused(empty: RunStore, backup: Path) -> None:
    changed(backup, CONTENTS, with_contents(version=VERSION + 1))
    assert "made by a newer version of the app; update the app" in str(refused(empty, backup))


def of_run(**told: object) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        parts = json.loads(content)
        return json.dumps(parts | {"run": parts["run"] | told}).encode()

    return change


@pytest.mark.parametrize(
    ("name", "change", "field"),
    [
        (CONTENTS, with_contents(format="another"), "format"),
        (CONTENTS, with_contents(version="1"), "version"),
        (CONTENTS, with_contents(runs=["../../etc"]), "run"),
        (CONTENTS, with_contents(runs=7), "file"),
        (CONTENTS, lambda _: b"[]", "file"),
        (CONTENTS, lambda _: b"{", "file"),
        (CONTENTS, with_contents(data=["0" * 32]), "file"),
        (RUN, lambda _: None, "file"),
        (".jsonl", lambda _: None, "file"),
        (".jsonl", lambda _: b"[1]\n", "file"),
        (".jsonl", lambda content: content + content.splitlines(keepends=True)[-1], "seq"),
        (".jsonl", lambda content: content.replace(b'"rnn"', b'"lstm"', 1), "contender"),
        ("0.safetensors", lambda _: b"junk", "weights"),
        ("0.safetensors", lambda _: None, "file"),
        (RUN, of_run(name="a\nb"), "name"),
        (RUN, of_run(status="odd"), "status"),
        (RUN, of_run(owner=""), "owner"),
        (RUN, of_run(created="now"), "file"),
        (RUN, of_run(created="2025-01-01"), "created"),
        (RUN, of_run(config="{}"), "file"),
        (RUN, of_run(step=2**70), "step"),
    ],
)
def test_what_the_app_could_not_have_written_is_refused(
    empty: RunStore, backup: Path, name: str, change: Callable[[bytes], bytes | None], field: str
) -> None:
    changed(backup, name, change)
    assert refused(empty, backup).field == field


def test_data_that_are_not_those_that_they_are_called_are_refused(empty: RunStore, backup: Path) -> None:
    with ZipFile(backup) as archive:
        (entry,) = [name for name in archive.namelist() if name.startswith("data/")]
    changed(backup, entry, lambda _: b"other words")
    assert refused(empty, backup).field == "data"


def test_a_file_that_is_not_there_is_the_systems_to_say(empty: RunStore, file: Path) -> None:
    with pytest.raises(FileNotFoundError):
        restore(empty, file)
