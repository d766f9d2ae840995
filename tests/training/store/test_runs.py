"""Runs as a page sees them: made, linked, listed, renamed, deleted, and refused."""

import math
import pickle  # noqa: TID251 - as Dask sends exceptions
import threading
from collections.abc import Callable
from contextlib import suppress
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from attnlab.training.store import (
    ADMINISTRATOR,
    Counters,
    LimitReachedError,
    NotHeldError,
    NotOwnerError,
    Point,
    Run,
    RunConfig,
    RunStore,
    Snapshot,
    StoreBusy,
    StoreError,
    UnknownRunError,
    changed_settings,
)
from tests.training.clock import FakeClock

CONFIG = RunConfig("copy", ("attention", "rnn"), {"lr": 0.01, "model": {"num_heads": 2}})
EMPTY_WEIGHTS = b"\x02\0\0\0\0\0\0\0{}"


def created(store: RunStore, name: str = "A run", owner: str = "anna", **options: Any) -> Run:
    return store.runs.create(CONFIG, owner=owner, name=name, **options)


def test_a_new_run_waits_and_reads_back_as_it_was_made(store: RunStore, clock: FakeClock) -> None:
    run = created(store, "  Erster Versuch 👩‍👩‍👧 ", lease_s=90)
    assert run == store.runs.get(run.id)
    assert (run.name, run.owner, run.status) == ("Erster Versuch 👩‍👩‍👧", "anna", "queued")
    assert run.created == clock.now
    assert run.created.utcoffset().total_seconds() == 0  # type: ignore[union-attr]
    assert (run.lease_until - run.created).total_seconds() == 90
    assert (run.config, run.counters, run.is_active) == (CONFIG, Counters(0, 0, 0.0), True)


def test_ids_differ_and_can_be_a_link(store: RunStore) -> None:
    ids = {created(store, limit=100).id for _ in range(50)}
    assert len(ids) == 50
    assert all(run.isascii() and run.isalnum() and len(run) == 12 for run in ids)


@pytest.mark.parametrize(
    "link", ["", "x", "22222222222", "2222222222222", "2" * 1_000_000, "a\0b", "\ud800", "ABCDEFGHJKMN"]
)
def test_a_link_that_cannot_be_one_is_refused(store: RunStore, link: str) -> None:
    with pytest.raises(UnknownRunError, match="never existed or was deleted") as refused:
        store.runs.get(link)
    assert len(str(refused.value)) < 200
    str(refused.value).encode()


def test_a_link_with_one_character_changed_leads_nowhere(store: RunStore) -> None:
    run = created(store).id
    other = ("3" if run[0] == "2" else "2") + run[1:]
    for call in (
        lambda: store.runs.get(other),
        lambda: store.runs.rename(other, "name", by="anna"),
        lambda: store.runs.delete(other, by="anna"),
        lambda: store.points.after(other),
        lambda: store.points.thinned(other),
        lambda: store.snapshots.listed(other),
        lambda: store.snapshots.latest(other),
        lambda: store.snapshots.load(other, "rnn", 0),
        lambda: store.commands.send(other, "stop", by="anna"),
        lambda: store.commands.listed(other),
        lambda: store.commands.take(other, "worker"),
        lambda: store.queue.position(other),
        lambda: store.queue.renew_lease(other),
        lambda: store.queue.beat(other, "worker"),
        lambda: store.points.append(other, "worker", []),
        lambda: list(store.export.csv(other)),
        lambda: list(store.export.json(other)),
    ):
        with pytest.raises(UnknownRunError):
            call()


def test_the_history_is_newest_first_and_comes_in_pages(store: RunStore, clock: FakeClock) -> None:
    runs = []
    for number in range(7):
        runs.append(created(store, f"run {number}", limit=100))
        clock.advance(number % 2)  # some in the same moment
    pages, before = [], None
    while page := store.runs.history(limit=3, before=before):
        pages.append(page)
        before = page[-1]
    listed = [run for page in pages for run in page]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert sorted(listed, key=lambda run: (run.created, run.id), reverse=True) == listed
    assert {run.id for run in listed} == {run.id for run in runs}


def test_the_history_of_one_owner_is_hers(store: RunStore) -> None:
    mine = created(store, owner="anna")
    created(store, owner="bert")
    assert [run.id for run in store.runs.history(owner="anna")] == [mine.id]
    assert store.runs.history(owner="carla") == []


# --- the limit --------------------------------------------------------------------------------------------------------


def test_start_pressed_twenty_times_starts_as_many_runs_as_allowed(store: RunStore) -> None:
    created(store, limit=2)
    created(store, limit=2)
    for _ in range(18):
        with pytest.raises(LimitReachedError, match=r"^runs \(3\) must be at most 2 unfinished at once in one session"):
            created(store, limit=2)
    assert len(store.runs.history()) == 2
    created(store, owner="bert", limit=2)


def test_two_clicks_in_the_same_moment_count_each_other(store: RunStore, database_url: str) -> None:
    other = RunStore(database_url)
    counted, go_on = threading.Event(), threading.Event()
    refused: list[LimitReachedError] = []

    def hold(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO runs"):  # the first click has counted none and is about to insert
            counted.set()
            go_on.wait(60)

    def second_click() -> None:
        try:
            created(other, limit=1)
        except LimitReachedError as error:
            refused.append(error)

    event.listen(store.database.engine, "before_cursor_execute", hold)
    clicks = [
        threading.Thread(target=created, args=(store,), kwargs={"limit": 1}),
        threading.Thread(target=second_click),
    ]
    clicks[0].start()
    assert counted.wait(60)
    clicks[1].start()
    clicks[1].join(0.3)  # time enough to count, if it could
    go_on.set()
    for click in clicks:
        click.join(60)
    assert (len(refused), len(store.runs.history())) == (1, 1)
    other.close()


def test_a_run_that_has_ended_makes_room(store: RunStore) -> None:
    run = created(store, limit=1)
    store.queue.claim("worker")
    with pytest.raises(LimitReachedError):
        created(store, limit=1)
    store.queue.mark(run.id, "worker", "finished")
    created(store, limit=1)


def test_spaces_around_an_owner_do_not_raise_the_limit(store: RunStore) -> None:
    created(store, owner="anna", limit=1)
    with pytest.raises(LimitReachedError):
        created(store, owner=" anna ", limit=1)


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "at least one visible character"),
        (" \t ", "at least one visible character"),
        ("\u200b\u2003", "at least one visible character"),
        ("a\0b", "control characters"),
        ("a\nb", "control characters"),
        ("a\x1b[31m", "control characters"),
        ("a\ud800", "control characters"),
        ("a\u202etxt", "control characters"),
        ("a\u2028b", "control characters"),
        ("x" * 81, "at most 80 characters long"),
        (None, "text"),
        (7, "text"),
    ],
)
def test_a_bad_name_is_refused_and_the_old_one_stays(store: RunStore, name: Any, reason: str) -> None:
    run = created(store, "Good")
    calls: list[Callable[[], Run]] = [lambda: store.runs.rename(run.id, name, by="anna"), lambda: created(store, name)]
    for call in calls:
        with pytest.raises(StoreError, match=reason) as refused:
            call()
        assert refused.value.field == "name"
        str(refused.value).encode()  # can be shown
    assert [run.name for run in store.runs.history()] == ["Good"]


@given(name=st.text(max_size=90))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_is_refused_or_reads_back(store: RunStore, name: str) -> None:
    run = created(store, limit=10_000)
    with suppress(StoreError):
        assert store.runs.rename(run.id, name, by="anna").name == name.strip()
        return
    assert store.runs.get(run.id).name == run.name


def test_80_characters_beyond_the_basic_plane_fit(store: RunStore) -> None:
    assert store.runs.rename(created(store).id, "😀" * 80, by="anna").name == "😀" * 80


# --- configurations ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"lr": math.nan}, "config.settings.lr"),
        ({"a": [1, {"b": -math.inf}]}, "config.settings.a[1].b"),
        ({"a": "x\0y"}, "config.settings.a"),
        ({"a\ud800": 1}, "config.settings"),
        ({1: 2}, "config.settings"),
        ({"a": {1, 2}}, "config.settings.a"),
        ({"a": 1j}, "config.settings.a"),
        ({"a": "x" * 5_000_000}, "config.settings"),
        ({"a": 10**5000}, "config.settings"),
        ("text", "config.settings"),
    ],
)
def test_settings_that_are_not_strict_json_are_refused_by_their_path(settings: Any, field: str) -> None:
    with pytest.raises(StoreError) as refused:
        RunConfig("copy", ("rnn",), settings)
    assert refused.value.field == field
    assert len(str(refused.value)) < 300


def test_settings_that_hold_themselves_are_refused() -> None:
    loop: dict[str, Any] = {}
    loop["again"] = loop
    with pytest.raises(StoreError, match="levels deep"):
        RunConfig("copy", ("rnn",), loop)


@pytest.mark.parametrize("contenders", [(), ("rnn", "rnn"), ["rnn"], ("",), ("a\nb",), tuple("abcdefghi")])
def test_contenders_are_different_names(contenders: Any) -> None:
    with pytest.raises(StoreError, match=r"config\.contenders"):
        RunConfig("copy", contenders)


def test_odd_settings_survive(store: RunStore) -> None:
    odd = {
        "big": 2**63,
        "tiny": 5e-324,
        "zero": -0.0,
        "empty": {},
        "none": None,
        "yes": True,
        "k.e.y": "ß\n\t<b>{{7*7}}",
    }
    settings: Any = MappingProxyType(odd | {"pair": (1, 2)})
    config = RunConfig("copy", ("rnn",), settings)
    read = store.runs.get(store.runs.create(config, owner="anna", name="odd").id).config
    assert read == config
    assert read.settings == odd | {"pair": [1, 2]}
    assert math.copysign(1, read.settings["zero"]) == -1  # type: ignore[arg-type]


def test_what_changed_names_each_setting_that_differs() -> None:
    after = RunConfig("copy", ("attention", "rnn"), {"lr": 0.1, "model": {"num_heads": 2, "d_model": 32}}, version=2)
    assert changed_settings(CONFIG, CONFIG) == {}
    assert changed_settings(CONFIG, after) == {
        "version": (1, 2),
        "settings.lr": (0.01, 0.1),
        "settings.model.d_model": (None, 32),
    }


# --- whose a run is ---------------------------------------------------------------------------------------------------


def test_nobody_but_its_owner_and_the_administrator_changes_a_run(store: RunStore) -> None:
    run = created(store, owner="anna")
    changes: list[Callable[[Any], object]] = [
        lambda by: store.runs.rename(run.id, "mine", by=by),
        lambda by: store.runs.pin(run.id, by=by),
        lambda by: store.commands.send(run.id, "stop", by=by),
        lambda by: store.runs.delete(run.id, by=by),
    ]
    for change in changes:
        for stranger in ("bert", "anna ", ""):
            with pytest.raises(NotOwnerError, match=r"must be one that you have started") as refused:
                change(stranger)
            assert "anna" not in str(refused.value)
    assert store.runs.get(run.id) == run
    assert store.commands.listed(run.id) == []
    for change in changes[:3]:
        change("anna")
    now = store.runs.get(run.id)
    assert (now.name, now.pinned, now.status) == ("mine", True, "stopped")
    other = created(store, owner="anna")
    store.runs.rename(other.id, "the administrator's", by=ADMINISTRATOR)
    store.commands.send(other.id, "stop", by=ADMINISTRATOR)
    store.runs.delete(other.id, by=ADMINISTRATOR)
    changes[-1]("anna")
    assert store.runs.history() == []


def test_an_owner_keeps_so_many_runs_and_no_more(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attnlab.training.store.runs.MAX_PINNED_OF_OWNER", 2)
    ids = [created(store, limit=9).id for _ in range(3)]
    for _ in range(2):
        assert [store.runs.pin(run, by="anna").pinned for run in ids[:2]] == [True, True]  # a second time is no more
    with pytest.raises(LimitReachedError, match="at most 2"):
        store.runs.pin(ids[2], by="anna")
    assert store.runs.pin(ids[2], by=ADMINISTRATOR).pinned
    assert store.runs.pin(created(store, owner="bert").id, by="bert").pinned
    assert not store.runs.pin(ids[2], by="anna", pinned=False).pinned


# --- deleting ---------------------------------------------------------------------------------------------------------


def test_deleting_a_run_takes_everything_of_it_and_nothing_else(store: RunStore) -> None:
    kept, gone = created(store), created(store)
    for run in (kept, gone):
        store.queue.claim("worker", run.id)
        store.points.append(run.id, "worker", [Point("rnn", step) for step in range(200)])
        store.snapshots.save(run.id, "worker", [Snapshot("rnn", 5, EMPTY_WEIGHTS)])
        store.commands.send(run.id, "pause", by="anna")
    assert rows_by_table(store) == {"runs": 2, "points": 400, "snapshots": 2, "commands": 2, "overview": 0}
    store.runs.delete(gone.id, by="anna")
    assert rows_by_table(store) == {"runs": 1, "points": 200, "snapshots": 1, "commands": 1, "overview": 0}
    assert len(store.points.after(kept.id).points) == 200
    with pytest.raises(UnknownRunError):
        store.runs.get(gone.id)
    with pytest.raises(UnknownRunError):
        store.runs.delete(gone.id, by="anna")


def test_a_worker_is_refused_once_its_run_is_deleted(store: RunStore) -> None:
    run = created(store)
    store.queue.claim("worker")
    store.runs.delete(run.id, by="anna")
    with pytest.raises(UnknownRunError):
        store.points.append(run.id, "worker", [Point("rnn", 1)])
    assert rows_by_table(store)["points"] == 0


def rows_by_table(store: RunStore) -> dict[str, int]:
    tables = ("runs", "points", "snapshots", "commands", "overview")
    with store.database.reading() as connection:
        return {name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in tables}


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [StoreError("lr", 0, "more"), UnknownRunError("x"), NotOwnerError("x"), NotHeldError("w", "w", "one"), StoreBusy()],
)
def test_errors_survive_the_way_from_a_worker_process(error: Exception) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)
