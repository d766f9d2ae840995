"""The databases that the store is tested on: `store` is an empty one, once on SQLite and once on PostgreSQL."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from attnlab.training.store import RunStore
from tests.postgres import find_postgres, private_cluster
from tests.products import slow
from tests.training.clock import FakeClock

NONE_FOUND = "NO POSTGRESQL FOUND: the run store was tested on SQLite only. `make test` as root on Debian gets one."


ON_BOTH = {
    "test_a_run_is_trained_and_all_of_it_is_in_the_store",
    "test_a_run_whose_worker_died_ends_as_if_nothing_had_happened",
    "test_a_locked_store_holds_training_up_and_loses_nothing",
}
"""Of a worker's stories: it asks of a store what tests/training/store holds both databases to, each time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if (
            item.path.name == "test_worker.py"
            and item.name.partition("[")[0] not in ON_BOTH
            and "[postgresql" in item.name
        ):
            item.add_marker(slow)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a PostgreSQL; without one, its tests are skipped, or fail where CI=true."""
    binaries = find_postgres()
    if binaries is None:
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(NONE_FOUND)
        pytest.skip(NONE_FOUND)
    with private_cluster(binaries) as url:
        yield url


@pytest.fixture
def new_postgres_url(postgres_url: str) -> Callable[[], str]:
    """Factory of addresses, each with a schema of its own."""

    def new() -> str:
        with psycopg.connect(postgres_url) as connection:
            schema = f"test_{time.monotonic_ns()}"
            connection.execute(f"CREATE SCHEMA {schema}")
        return f"{postgres_url}&options=-csearch_path%3D{schema}"

    return new


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database, once for each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'runs.db'}"
    new: Callable[[], str] = request.getfixturevalue("new_postgres_url")
    return new()


@pytest.fixture
def clock() -> FakeClock:
    """The time of `store`."""
    return FakeClock()


@pytest.fixture
def store(database_url: str, clock: FakeClock) -> Iterator[RunStore]:
    """An empty store, once for each kind of database."""
    opened = RunStore(database_url, clock=clock)
    yield opened
    opened.close()
