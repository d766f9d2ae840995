"""Which step of a run is read while it trains."""

from types import SimpleNamespace

import pytest

from attnlab.ui.races import unhurried
from attnlab.ui.races.unhurried import MOST, REST, Unhurried


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=50.0)
    monkeypatch.setattr(unhurried, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_a_newer_step_is_read_after_a_rest_that_is_as_long_as_reading_is_work(clock: SimpleNamespace) -> None:
    reading = Unhurried()
    assert reading.step("run", 4) == 4
    reading.took("run", 4, 2.0)
    assert [reading.step("run", 9), reading.step("other", 9)] == [4, 9]
    clock.now += 1.5 * REST
    reading.took("run", 4, 0.0)  # out of the cache: the work was done before
    assert reading.step("run", 9) == 4
    clock.now += 0.5 * REST
    assert reading.step("run", 9) == 9


@pytest.mark.usefixtures("clock")
def test_a_run_that_was_taken_back_is_read_where_it_stands() -> None:
    reading = Unhurried()
    reading.took("run", 9, 2.0)
    assert reading.step("run", 7) == 7


@pytest.mark.usefixtures("clock")
def test_runs_that_were_read_long_ago_are_forgotten() -> None:
    reading = Unhurried()
    for number in range(MOST + 1):
        reading.took(str(number), 1, 2.0)
    assert [reading.step("0", 5), reading.step("1", 5)] == [5, 1]
