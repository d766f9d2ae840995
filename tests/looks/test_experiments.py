"""Experiments beside the app: one at a time for each visitor, kept for all, ended when they take too long."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from attnlab.claims import Outcome, Size, outcome
from attnlab.claims.runner import EndedError, Runner
from attnlab.claims.worker import answer
from attnlab.engine import SpecError
from attnlab.looks import run_store
from attnlab.looks.claims import experiments, last
from attnlab.looks.claims.said import Memory
from attnlab.looks.turns import QueueFullError
from attnlab.machine import machine
from attnlab.training import RunStore
from attnlab.training.store import StoreUnreachable


class Held:
    """A runner that answers when it is let."""

    def __init__(self) -> None:
        self.let, self.begun = threading.Event(), threading.Event()
        self.asked, self.stopped = list[str](), list[str]()

    def outcome(self, name: str, _size: Size) -> Outcome:
        self.asked.append(name)
        self.begun.set()
        self.let.wait(60)
        return outcome(name, "tiny")

    def stop(self, name: str, _size: Size) -> None:
        self.stopped.append(name)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    runner = Held()
    monkeypatch.setattr(experiments, "RUNNER", runner)
    yield runner
    runner.let.set()


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    """An empty store, that of the process."""
    opened = RunStore(f"sqlite:///{tmp_path / 'runs.db'}")
    monkeypatch.setattr(run_store, "store", lambda: opened)
    yield opened
    opened.close()


def test_a_visitor_has_one_under_way_and_others_share_it(held: Held) -> None:
    mine = experiments.asked_for("me", "future", "quick")
    with pytest.raises(QueueFullError):
        experiments.asked_for("me", "scaling", "quick")
    assert experiments.asked_for("you", "future", "quick") is mine
    others = experiments.asked_for("you", "scaling", "quick")
    held.let.set()
    assert mine.result(60).outcome.verdict == "true"
    assert others.result(60).outcome.claim == "scaling"
    assert held.asked == ["future", "scaling"]


def test_what_was_measured_is_there_for_all_until_it_is_measured_again(held: Held) -> None:
    assert last.last_outcomes() == {}
    held.let.set()
    first = experiments.asked_for("me", "future", "quick").result(60)
    assert last.last_outcomes() == {"future": first}
    assert first.machine == machine()
    again = experiments.asked_for("you", "future", "quick").result(60)
    assert last.last_outcomes() == {"future": again}
    assert again.measured > first.measured
    assert held.asked == ["future", "future"]


def test_without_a_store_who_waits_sees_what_was_measured(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> RunStore:
        raise StoreUnreachable

    monkeypatch.setattr(run_store, "store", away)
    held.let.set()
    assert experiments.asked_for("me", "future", "quick").result(60).outcome.verdict == "true"
    assert last.last_outcomes() == {}


def test_what_nobody_waits_for_any_more_is_ended_or_never_begins(held: Held) -> None:
    experiments.asked_for("me", "future", "quick")
    experiments.asked_for("you", "future", "quick")
    assert held.begun.wait(60)
    waiting = experiments.asked_for("you", "scaling", "quick")
    experiments.withdraw("me", "future", "quick")
    assert held.stopped == []  # somebody else waits for it
    experiments.withdraw("you", "future", "quick")
    experiments.withdraw("you", "scaling", "quick")
    assert held.stopped == ["future"]
    assert waiting.cancelled()
    held.let.set()
    assert experiments.asked_for("you", "scaling", "full").result(60).outcome.claim == "scaling"
    assert held.asked == ["future", "scaling"]


def test_what_was_said_is_kept_by_visitor_and_the_longest_gone_is_forgotten() -> None:
    memory = Memory(most=2)
    for visitor in ("a", "b", "a", "c"):
        memory.of(visitor).guesses[f"of {visitor}"] = "true"
    assert [set(memory.of(visitor).guesses) for visitor in ("a", "c", "b")] == [{"of a"}, {"of c"}, set()]


SLEEPS = (sys.executable, "-c", "import sys, time; sys.stdin.readline(); time.sleep(600)")
ENDS = (sys.executable, "-c", "import sys; sys.stdin.readline()")
REFUSES = (
    sys.executable,
    "-c",
    "import sys\nfor line in sys.stdin: print(sys.argv[1], flush=True)",
    json.dumps({"refused": {"field": "claim", "code": "missing", "message": "claim must be another", "values": {}}}),
)


@pytest.mark.parametrize("command", [SLEEPS, ENDS], ids=["too long", "by itself"])
def test_a_process_that_does_not_answer_is_ended_and_the_next_one_starts(command: tuple[str, ...]) -> None:
    runner = Runner(command, most_s={"quick": 0.2})
    for _ in range(2):
        with pytest.raises(EndedError, match=r"claim \(future\) must be measured within 0.2 s"):
            runner.outcome("future", "quick")
    runner.close()


def test_an_experiment_is_called_off_and_no_other_one() -> None:
    runner = Runner(SLEEPS, most_s={"quick": 60.0})
    runner.warm()
    with ThreadPoolExecutor(1) as beside:
        waiting = beside.submit(runner.outcome, "future", "quick")
        while not waiting.done():
            runner.stop("scaling", "quick")
            runner.stop("future", "quick")
        with pytest.raises(EndedError):
            waiting.result()
    runner.close()


def test_a_refusal_comes_through_and_the_process_stays() -> None:
    runner = Runner(REFUSES, most_s={"quick": 60.0})
    for _ in range(2):
        with pytest.raises(SpecError, match="claim must be another"):
            runner.outcome("future", "quick")
    runner.close()


def test_the_process_beside_the_app_measures_what_is_measured_here() -> None:
    runner = Runner()
    try:
        found, here = runner.outcome("future", "tiny"), outcome("future", "tiny")
    finally:
        runner.close()
    assert (found.measured, found.verdict) == (here.measured, here.verdict)


def test_the_worker_refuses_what_there_is_not_in_one_sentence() -> None:
    refused = answer({"claim": "nothing", "size": "tiny"})["refused"]
    assert "must be one of" in refused["message"]
    assert refused["code"] == "choice"
    assert "row_sums" in refused["values"]["choices"]


def test_a_runner_that_nobody_asks_ends_its_process() -> None:
    runner = Runner(REFUSES, most_s={"quick": 60.0}, idle_s=0.0)
    with pytest.raises(SpecError):
        runner.outcome("future", "quick")
    process: Callable[[], object] = lambda: runner._process  # noqa: E731
    ended = threading.Event()
    for _ in range(600):
        if process() is None:
            break
        ended.wait(0.1)
    assert process() is None
