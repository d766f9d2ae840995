"""How often a worker does what is no training."""

import pytest

from attnlab.training.running.work import pace
from attnlab.training.running.work.pace import LONGEST, Pace


class Clocks:
    """Stands in for `time`: processor time of the thread, and the clock on the wall."""

    worked = clock = 100.0

    def thread_time(self) -> float:
        return self.worked

    def monotonic(self) -> float:
        return self.clock


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr(pace, "time", clocks)
    return clocks


def test_it_is_time_by_what_was_worked_and_not_by_the_clock_of_a_busy_machine(clocks: Clocks) -> None:
    looks = Pace(0.5)
    assert looks.is_due()
    looks.begin()
    assert not looks.is_due()
    clocks.clock += 2  # others had the processor
    clocks.worked += 0.25
    assert not looks.is_due()
    clocks.worked += 0.25
    assert looks.is_due()
    looks.begin()
    assert not looks.is_due()


def test_whoever_waits_without_working_is_asked_all_the_same(clocks: Clocks) -> None:
    looks = Pace(0.5)
    looks.begin()
    clocks.clock += 0.5 * LONGEST
    assert looks.is_due()
