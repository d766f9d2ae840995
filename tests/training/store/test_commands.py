"""Commands: in order, once, answered, and never to a run that cannot hear them."""

import math
from typing import Any

import pytest

from attnlab.training.store import Command, NotHeldError, RunConfig, RunStore, StoreError
from tests.training.clock import FakeClock


@pytest.fixture
def run(store: RunStore) -> str:
    """A run held by "worker"."""
    store.runs.create(RunConfig("copy", ("rnn",)), owner="anna", name="run", lease_s=600)
    claimed = store.queue.claim("worker")
    assert claimed is not None
    return claimed.id


def said(commands: list[Command]) -> list[tuple[str, float | None]]:
    return [(command.kind, command.value) for command in commands]


def test_commands_arrive_in_order_and_once(store: RunStore, run: str) -> None:
    assert store.commands.take(run, "worker") == []
    store.commands.send(run, "pause", by="anna")
    store.commands.send(run, "set_lr", 0.5, by="anna")
    store.commands.send(run, "step", 3, by="anna")
    assert said(store.commands.take(run, "worker")) == [("pause", None), ("set_lr", 0.5), ("step", 3.0)]
    assert store.commands.take(run, "worker") == []
    store.commands.send(run, "resume", by="anna")
    assert said(store.commands.take(run, "worker")) == [("resume", None)]


def test_a_page_sees_a_command_wait_taken_and_answered(store: RunStore, run: str, clock: FakeClock) -> None:
    store.commands.send(run, "pause", by="anna")
    (command,) = store.commands.listed(run, waiting_only=True)
    assert (command.taken, command.acknowledged) == (False, None)
    (taken,) = store.commands.take(run, "worker")
    assert store.commands.listed(run, waiting_only=True) == [taken]
    assert taken.taken
    clock.advance(1)
    store.commands.acknowledge(run, "worker", [taken], "paused at step 7")
    assert store.commands.listed(run, waiting_only=True) == []
    (answered,) = store.commands.listed(run)
    assert (answered.acknowledged, answered.note) == (clock.now, "paused at step 7")


def test_what_a_dead_worker_took_and_did_not_answer_goes_to_the_next(store: RunStore, run: str) -> None:
    for lr in (0.1, 0.2, 0.3):
        store.commands.send(run, "set_lr", lr, by="anna")
    first, *_ = store.commands.take(run, "worker")
    store.commands.acknowledge(run, "worker", [first])
    store.queue.claim("next", run, takeover=True)
    assert said(store.commands.take(run, "next")) == [("set_lr", 0.2), ("set_lr", 0.3)]
    assert store.commands.take(run, "next") == []


def test_only_the_holder_takes_and_answers(store: RunStore, run: str) -> None:
    store.commands.send(run, "stop", by="anna")
    (taken,) = store.commands.listed(run)
    for call in (
        lambda: store.commands.take(run, "stranger"),
        lambda: store.commands.acknowledge(run, "stranger", [taken]),
    ):
        with pytest.raises(NotHeldError):
            call()
    assert said(store.commands.take(run, "worker")) == [("stop", None)]


def test_an_answer_to_another_runs_command_changes_nothing(store: RunStore, run: str) -> None:
    other = store.runs.create(RunConfig("copy", ("rnn",)), owner="bert", name="other", lease_s=600)
    store.queue.claim("second", other.id)
    store.commands.send(other.id, "pause", by="bert")
    store.commands.acknowledge(run, "worker", store.commands.listed(other.id))
    assert said(store.commands.take(other.id, "second")) == [("pause", None)]


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("set_lr", math.nan, r"set_lr \(nan\) must be a number from 0 to 100"),
        ("set_lr", math.inf, r"set_lr \(inf\) must be a number from 0 to 100"),
        ("set_lr", 1e9, "from 0 to 100"),
        ("set_lr", -0.1, "from 0 to 100"),
        ("set_lr", None, "a number"),
        ("set_lr", "0.1", "a number"),
        ("step", 0, "between 1 and 10000"),
        ("step", 10**9, "between 1 and 10000"),
        ("step", 1.5, "a whole number"),
        ("pause", 1, "sent without a value"),
        ("explode", None, "one of pause, resume, stop, step, set_lr"),
        ("a\0b", None, "one of pause"),
        (None, None, "one of pause"),
    ],
)
def test_a_bad_command_is_refused(store: RunStore, run: str, kind: Any, value: Any, reason: str) -> None:
    with pytest.raises(StoreError, match=reason):
        store.commands.send(run, kind, value, by="anna")
    assert store.commands.listed(run) == []


def test_a_learning_rate_of_zero_is_a_lesson(store: RunStore, run: str) -> None:
    store.commands.send(run, "set_lr", 0, by="anna")
    assert said(store.commands.take(run, "worker")) == [("set_lr", 0.0)]


def test_a_run_that_waits_stops_at_once(store: RunStore, clock: FakeClock) -> None:
    waiting = store.runs.create(RunConfig("copy", ("rnn",)), owner="anna", name="run", lease_s=600)
    store.commands.send(waiting.id, "stop", by="anna")
    stopped = store.runs.get(waiting.id)
    assert (stopped.status, stopped.ended) == ("stopped", clock.now)
    assert store.queue.claim("worker") is None


def test_an_ended_run_takes_no_commands(store: RunStore, run: str) -> None:
    store.queue.mark(run, "worker", "finished")
    with pytest.raises(StoreError, match=r"pause \('finished'\) must be sent to a run that is queued, running, paused"):
        store.commands.send(run, "pause", by="anna")


def test_a_button_pressed_a_thousand_times_has_an_end(store: RunStore, run: str) -> None:
    for _ in range(50):
        store.commands.send(run, "step", 1, by="anna")
    with pytest.raises(StoreError, match="at most 50 unanswered"):
        store.commands.send(run, "step", 1, by="anna")
    store.commands.acknowledge(run, "worker", store.commands.take(run, "worker"))
    store.commands.send(run, "step", 1, by="anna")
