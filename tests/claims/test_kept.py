"""Outcomes in the store: another process reads what the first has measured, on SQLite and PostgreSQL."""

import dataclasses
import subprocess
import sys
from collections.abc import Iterator

import pytest

from attnlab.claims import Outcome, kept, outcome
from attnlab.claims.kept import OutcomeStore
from attnlab.training.store.sql.database import Database
from tests.every_file import ROOT
from tests.training.clock import FakeClock
from tests.training.conftest import clock, database_url, new_postgres_url, postgres_url

__all__ = ["clock", "database_url", "new_postgres_url", "postgres_url"]
MACHINE = {"processor": "Some CPU", "python": "3.11", "torch": "2.9"}
TELLS = """
import sys
from attnlab.claims.kept import OutcomeStore
from attnlab.training.store.sql.database import Database

for name, found in OutcomeStore(Database(sys.argv[1])).last().items():
    print(name, found.outcome.verdict, found.machine["processor"], found.measured.isoformat(), sep="|")
"""


@pytest.fixture(scope="module")
def found() -> Outcome:
    return outcome("future", "tiny")


@pytest.fixture
def store(database_url: str, clock: FakeClock) -> Iterator[OutcomeStore]:
    database = Database(database_url)
    yield OutcomeStore(database, clock)
    database.engine.dispose()


def test_another_process_reads_what_this_one_has_measured(
    store: OutcomeStore, database_url: str, found: Outcome
) -> None:
    there = store.keep(found, MACHINE)
    command = [sys.executable, "-c", TELLS, database_url]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said == f"future|true|Some CPU|{there.measured.isoformat()}\n"


def test_the_last_outcome_of_a_claim_takes_the_place_of_the_one_before(
    store: OutcomeStore, clock: FakeClock, found: Outcome
) -> None:
    store.keep(found, {**MACHINE, "processor": "An old CPU"})
    clock.advance(60)
    last = store.keep(dataclasses.replace(found, seconds=9.0), MACHINE)
    assert store.last() == {"future": last}
    assert last.outcome.seconds == 9.0


def test_the_verdict_on_what_was_measured_is_by_the_rules_of_today(store: OutcomeStore, found: Outcome) -> None:
    store.keep(dataclasses.replace(found, verdict="false"), MACHINE)
    assert store.last()["future"].outcome.verdict == "true"


def test_what_no_claim_asks_for_any_more_is_not_told(store: OutcomeStore, found: Outcome) -> None:
    store.keep(dataclasses.replace(found, claim="scaling"), MACHINE)
    store.keep(dataclasses.replace(found, claim="nothing"), MACHINE)
    assert store.last() == {}


def test_an_outcome_is_kept_within_a_bound(
    store: OutcomeStore, found: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_CHARACTERS", 100)
    with pytest.raises(ValueError, match=r"outcome of future \(\d+ characters\) must have at most 100"):
        store.keep(found, MACHINE)
