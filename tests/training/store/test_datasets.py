"""The learner's own data: kept as they came, bounded, gone with the last run that names them."""

from typing import Any

import pytest
from sqlalchemy import inspect, text

from attnlab.training.plans.plan import RacePlan, data_digest
from attnlab.training.store import Run, RunStore, StoreError
from attnlab.training.store.datasets import GRACE_S, MAX_DATASET_BYTES
from tests.training.clock import FakeClock

VERSE = " ".join(str(number * number * 7919 % 10007) for number in range(300)).encode()  # does not repeat itself


def run_on(store: RunStore, data: bytes, **changes: Any) -> Run:
    store.datasets.save(data)
    plan = RacePlan(task_name="next_character", contenders=("gru",), data=data, **changes)
    return store.runs.create(plan.to_config(), owner="anna", name="verse", limit=9)


@pytest.mark.parametrize("data", [b"a", b"\0\xff\xfe\r\n", "Straße 👩‍👩‍👧".encode(), b"x" * MAX_DATASET_BYTES])
def test_bytes_come_back_as_they_went(store: RunStore, data: bytes) -> None:
    digest = store.datasets.save(data)
    assert digest == data_digest(data)
    assert store.datasets.load(digest) == data


@pytest.mark.parametrize("data", [b"", b"x" * (MAX_DATASET_BYTES + 1), "text", None])
def test_what_is_no_data_or_too_much_is_refused(store: RunStore, data: Any) -> None:
    with pytest.raises(StoreError, match=f"data .* must be 1 to {MAX_DATASET_BYTES} bytes"):
        store.datasets.save(data)


@pytest.mark.parametrize("digest", ["0" * 32, "", "%", "x' OR 1=1", "\0", None])
def test_unknown_data_are_said_to_be_unknown(store: RunStore, digest: Any) -> None:
    store.datasets.save(VERSE)
    with pytest.raises(StoreError, match=r"data .* must be data in the store"):
        store.datasets.load(digest)


def test_equal_data_are_kept_once(store: RunStore) -> None:
    assert store.datasets.save(VERSE) == store.datasets.save(bytes(bytearray(VERSE)))
    with store.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM datasets")).scalar() == 1


def test_a_plan_finds_its_data_again(store: RunStore) -> None:
    run = run_on(store, VERSE)
    config = store.runs.get(run.id).config
    plan = RacePlan.from_config(config, store.datasets.load(str(config.settings["data_digest"])))
    assert plan.data == VERSE


def test_data_go_with_the_last_run_that_names_them(store: RunStore, clock: FakeClock) -> None:
    one, two = run_on(store, VERSE), run_on(store, VERSE, seed=1)
    digest = data_digest(VERSE)
    assert digest is not None
    clock.advance(GRACE_S + 1)
    store.runs.delete(one.id, by="anna")
    assert store.datasets.sweep() == 0
    assert store.datasets.load(digest) == VERSE
    store.runs.delete(two.id, by="anna")
    assert store.datasets.sweep() == 1
    with pytest.raises(StoreError):
        store.datasets.load(digest)


def test_data_wait_a_while_for_the_run_that_will_name_them(store: RunStore, clock: FakeClock) -> None:
    digest = store.datasets.save(VERSE)
    clock.advance(GRACE_S - 1)
    assert store.datasets.sweep() == 0
    store.datasets.save(VERSE)  # once more: waits anew
    clock.advance(GRACE_S - 1)
    assert store.datasets.sweep() == 0
    assert store.datasets.load(digest) == VERSE
    clock.advance(2)
    assert store.datasets.sweep() == 1


def test_a_store_of_version_1_is_brought_up_to_date_and_loses_nothing(store: RunStore, database_url: str) -> None:
    run = run_on(store, VERSE)
    with store.database.writing() as connection:  # as version 1 left it
        connection.execute(text("DROP TABLE datasets"))
        connection.execute(text("DROP TABLE chores"))
        connection.execute(text("ALTER TABLE runs DROP COLUMN pinned"))
        connection.execute(text("ALTER TABLE runs DROP COLUMN claims"))
        connection.execute(text("UPDATE schema_version SET version = 1"))
    for _ in range(2):
        again = RunStore(database_url)
        assert again.runs.get(run.id).config == run.config
        assert again.datasets.load(again.datasets.save(VERSE)) == VERSE
        assert "datasets" in inspect(again.database.engine).get_table_names()
        again.close()
