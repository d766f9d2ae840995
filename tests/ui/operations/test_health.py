"""Health where something is wrong."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from attnlab.looks import run_store
from attnlab.training.running.cluster import EmbeddedCluster
from attnlab.training.running.jobs import ADDRESS_VARIABLE
from attnlab.training.store.address import STORE_VARIABLE
from attnlab.ui.operations import health
from attnlab.ui.operations.workers import count_workers
from attnlab.ui.races import runs
from tests.browser.server import free_port


@pytest.fixture(autouse=True)
def own_store() -> Iterator[None]:
    run_store.store.cache_clear()
    yield
    run_store.store.cache_clear()


def asked(*, elsewhere: bool, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    address = f"tcp://127.0.0.1:{free_port()}"  # where nobody listens
    monkeypatch.delenv(ADDRESS_VARIABLE, raising=False)
    if elsewhere:
        monkeypatch.setenv(runs.SCHEDULER_VARIABLE, address)
    else:
        monkeypatch.setattr(runs, "_embedded", [SimpleNamespace(address=address, security=None)])
    return asyncio.run(health.checked())


def test_the_scheduler_is_where_the_jobs_look_for_it() -> None:
    assert runs.SCHEDULER_VARIABLE == ADDRESS_VARIABLE


def test_a_scheduler_elsewhere_that_does_not_answer_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    told = asked(elsewhere=True, monkeypatch=monkeypatch)
    assert told == {"status": "failing", "store": "ok", "workers": "unreachable"}


def test_workers_of_the_apps_own_that_have_gone_are_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    told = asked(elsewhere=False, monkeypatch=monkeypatch)
    assert told == {"status": "ok", "store": "ok", "workers": "at rest"}


def test_a_store_that_cannot_be_opened_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STORE_VARIABLE, f"sqlite:///{tmp_path}/no/folder/runs.db")
    assert asyncio.run(health.store_state()) == "unreachable"


def test_the_answer_is_kept_for_who_asks_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[dict[str, str]] = []

    async def checked() -> dict[str, str]:
        found.append({"status": "failing"})
        return found[-1]

    async def twice() -> list[int]:
        route = health.Health()
        return [answer.status_code for answer in await asyncio.gather(route(None), route(None))]

    monkeypatch.setattr(health, "checked", checked)
    monkeypatch.setattr(health, "KEPT_S", 3600)
    assert asyncio.run(twice()) == [503, 503]
    assert len(found) == 1


def test_workers_are_counted_by_their_scheduler() -> None:
    cluster = EmbeddedCluster(0)
    try:
        assert asyncio.run(count_workers(cluster.address, cluster.security)) == 0
    finally:
        cluster.close()


def test_a_scheduler_elsewhere_without_its_certificate_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(runs.SCHEDULER_VARIABLE, "tls://scheduler.invalid:8786")
    assert asyncio.run(health.workers_state()) == "unreachable"
