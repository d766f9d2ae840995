"""A worker and its run: commands, faults, and going on where another one ended."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import pytest
import torch
from safetensors.torch import load

from attnlab.looks.run_store import finals_of
from attnlab.models import AnyModel, FamilyName
from attnlab.tasks import Task
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import ChunkResult, Learner
from attnlab.training.racing.race import evaluation_steps
from attnlab.training.running import patience
from attnlab.training.running.notes import note
from attnlab.training.running.patience import Patience
from attnlab.training.running.work import heart, outbox, underway
from attnlab.training.running.work.claim import Claim
from attnlab.training.running.work.heart import beating
from attnlab.training.running.work.orders import Orders, standing_orders
from attnlab.training.running.work.underway import DIVERGED
from attnlab.training.running.work.worker import train
from attnlab.training.scoring.evaluate import Evaluation, final_scores, held_out
from attnlab.training.snapshots import pack, snapshot_steps, unpack_model
from attnlab.training.store import (
    Command,
    Point,
    Run,
    RunConfig,
    RunStore,
    Snapshot,
    StoreBusy,
    StoreFault,
    StoreFull,
    StoreReadOnly,
    StoreTorn,
    StoreUnreachable,
)
from attnlab.training.store.queue import MAX_ATTEMPTS
from tests.training.clock import FakeClock
from tests.training.small_plans import small_plan
from tests.training.store.test_faults import locked
from tests.waiting import PATIENCE_S, eventually

PLAN = small_plan(("gru", "tcn"), steps=60)
RESUMABLE = {"resumable": True}
Hook = Callable[[Learner], None]


class Killed(BaseException):
    """The worker's process ends here."""


def started(store: RunStore, plan: RacePlan = PLAN) -> str:
    return store.runs.create(plan.to_config(), owner="anna", name="run", lease_s=86_400, limit=99).id


def points(store: RunStore, run: str) -> tuple[Point, ...]:
    return store.points.after(run, limit=20_000).points


def scores(store: RunStore, run: str) -> list[tuple[Any, ...]]:
    """What evaluations told, in the order of contenders and steps."""
    told = [point for point in points(store, run) if "test_loss" in point.extras]
    return sorted((point.contender, point.step, point.metric, point.extras["test_loss"]) for point in told)


def last_tensors(store: RunStore, run: str) -> dict[str, dict[str, torch.Tensor]]:
    return {
        family: load(store.snapshots.load(run, family, info.step).weights)
        for family, info in store.snapshots.latest(run).items()
    }


@contextmanager
def working(store: RunStore, run: str) -> Iterator[list[Any]]:
    """A worker in a thread; what it returned, once the block has ended."""
    ended: list[Any] = []
    thread = threading.Thread(target=lambda: ended.append(train(store, run, "worker")))
    thread.start()
    try:
        yield ended
    finally:
        thread.join(PATIENCE_S)
    assert not thread.is_alive()


@pytest.fixture
def before_chunk(monkeypatch: pytest.MonkeyPatch) -> Callable[[Hook], None]:
    """Have something happen before every chunk of training."""
    trained = Learner.advance

    def install(hook: Hook) -> None:
        def advance(self: Learner, steps: int) -> ChunkResult:
            hook(self)
            return trained(self, steps)

        monkeypatch.setattr(Learner, "advance", advance)

    return install


@pytest.fixture
def file_store(tmp_path: Any, clock: FakeClock) -> Iterator[RunStore]:
    """Where the kind of database makes no difference."""
    opened = RunStore(f"sqlite:///{tmp_path / 'worker.db'}", clock=clock)
    yield opened
    opened.close()


def final_scores_told(store: RunStore, run: str) -> dict[str, tuple[int, Evaluation]]:
    """By contender: where it stands, and the score beside its weights there, which is checked to be theirs."""
    finals = finals_of(store, run)
    for family, one in finals.items():
        model = unpack_model(store.snapshots.load(run, family, one.step).weights)
        assert one.score == final_scores(model, PLAN.task)
        assert (one.peak, one.untuned) == (PLAN.rate(cast("FamilyName", family)).lr, False)
    return {family: (one.step, one.score) for family, one in finals.items()}


# --- a run that nothing happens to ------------------------------------------------------------------------------------


def test_a_run_is_trained_and_all_of_it_is_in_the_store(store: RunStore) -> None:
    run = started(store)
    assert train(store, run, "worker") == "finished"
    ended = store.runs.get(run)
    assert (ended.status, ended.worker, ended.message, ended.attempts) == ("finished", None, "", 1)
    assert (ended.counters.step, ended.counters.examples) == (60, 60 * PLAN.batch_size)
    for family in PLAN.families:
        mine = [point for point in points(store, run) if point.contender == family]
        chunks = [point for point in mine if point.loss is not None]
        assert chunks[-1].step == 60
        assert [point.step for point in chunks] == sorted({point.step for point in chunks})
        for point in chunks:
            assert point.examples == point.step * PLAN.batch_size
            assert None not in {point.lr, point.grad_norm, point.tokens_per_s}
        assert tuple(point.step for point in mine if point.metric is not None) == evaluation_steps(PLAN)
        saved = store.snapshots.listed(run, family)
        assert tuple(info.step for info in saved) == snapshot_steps(60)
        model = unpack_model(store.snapshots.load(run, family, 60).weights)
        assert model.config == PLAN.model_config(family)
    told = final_scores_told(store, run)
    assert {(step, score.examples) for step, score in told.values()} == {(60, 1000)}
    assert set(told) == set(PLAN.families)
    few = len(held_out(PLAN.task).inputs)
    assert {point.extras["test_examples"] for point in points(store, run) if point.metric is not None} == {few}


def test_a_run_is_trained_once_however_often_it_is_asked_for(file_store: RunStore) -> None:
    run = started(file_store)
    assert train(file_store, run, "one") == "finished"
    before = file_store.runs.get(run)
    assert [train(file_store, run, f"worker {number}", takeover=True) for number in range(20)] == [None] * 20
    assert file_store.runs.get(run) == before


def test_a_run_that_another_worker_holds_is_left_alone(file_store: RunStore) -> None:
    run = started(file_store)
    held = file_store.queue.claim("other", run)
    assert train(file_store, run, "worker") is None
    assert file_store.runs.get(run) == held


@pytest.mark.parametrize("run", ["2" * 12, "", "../../etc", None])
def test_no_run_is_no_work(file_store: RunStore, run: Any) -> None:
    assert train(file_store, run, "worker") is None


def test_a_learners_own_text_is_trained_on(file_store: RunStore) -> None:
    data = " ".join(str(number * number * 7919 % 10007) for number in range(300)).encode()
    plan = RacePlan(task_name="next_character", contenders=("gru",), data=data, steps=3, budget=2000)
    lost = started(file_store, plan)
    assert train(file_store, lost, "worker") == "failed"
    assert file_store.runs.get(lost).message.startswith("data (")
    file_store.datasets.save(data)
    assert train(file_store, started(file_store, plan), "worker") == "finished"


# --- commands ---------------------------------------------------------------------------------------------------------


def test_so_many_steps_then_a_pause_then_more_then_on_to_the_end(store: RunStore) -> None:
    run = started(store)
    store.commands.send(run, "step", 3, by="anna")
    with working(store, run) as ended:
        for steps in (3, 7):
            eventually(lambda: store.runs.get(run).status == "paused")
            chunks = [point for point in points(store, run) if point.loss is not None]
            for family in PLAN.families:
                assert max(point.step for point in chunks if point.contender == family) == steps
            if steps == 3:
                store.commands.send(run, "step", 3, by="anna")
                store.commands.send(run, "step", 1, by="anna")  # while the three are made, or after: they add up
                eventually(lambda: not store.commands.listed(run, waiting_only=True))
                eventually(lambda: max(point.step for point in points(store, run)) == 7)
        store.commands.send(run, "resume", by="anna")
    assert ended == ["finished"]
    whole = started(store)
    train(store, whole, "worker")
    assert scores(store, run) == scores(store, whole)


def test_a_run_that_is_stopped_keeps_what_it_has(file_store: RunStore) -> None:
    run = started(file_store)
    file_store.commands.send(run, "step", 59, by="anna")
    with working(file_store, run) as ended:
        eventually(lambda: file_store.runs.get(run).status == "paused")
        assert 59 not in snapshot_steps(60)
        file_store.commands.send(run, "stop", by="anna")
    assert ended == ["stopped"]
    assert {info.step for info in file_store.snapshots.latest(run).values()} == {59}
    assert {family: step for family, (step, _) in final_scores_told(file_store, run).items()} == {"gru": 59, "tcn": 59}
    assert not file_store.commands.listed(run, waiting_only=True)


def test_a_run_that_is_stopped_at_once_is_stopped_at_step_zero(file_store: RunStore) -> None:
    run = started(file_store)
    file_store.commands.send(run, "pause", by="anna")
    with working(file_store, run) as ended:
        eventually(lambda: file_store.runs.get(run).status == "paused")
        file_store.commands.send(run, "stop", by="anna")
    assert ended == ["stopped"]
    assert file_store.runs.get(run).counters.step == 0
    assert {info.step for info in file_store.snapshots.listed(run)} == {0}


def test_whatever_stops_a_run_all_that_has_been_scored_is_told(
    file_store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, take = started(file_store), Claim.take

    def taken_and_stopped(claim: Claim, **options: Any) -> Run | None:
        held = take(claim, **options)
        file_store.commands.send(run, "stop", by="anna")  # is there at the first look
        return held

    monkeypatch.setattr(Claim, "take", taken_and_stopped)
    assert train(file_store, run, "worker") == "stopped"
    scored = {(point.contender, point.step) for point in points(file_store, run) if point.metric is not None}
    assert scored >= {(family, 0) for family in PLAN.families}


def test_a_pause_is_no_death(file_store: RunStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heart, "BEAT_S", 0.01)
    run = started(file_store)
    file_store.commands.send(run, "pause", by="anna")
    with working(file_store, run):
        eventually(lambda: file_store.runs.get(run).status == "paused")
        clock.advance(100)
        eventually(lambda: file_store.runs.get(run).heartbeat == clock())
        assert file_store.queue.requeue_silent(10) == []
        file_store.commands.send(run, "stop", by="anna")


def test_a_paused_run_leaves_its_worker_to_one_that_waits_and_loses_nothing(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(underway, "GIVE_WAY_S", 0.0)
    plan = small_plan(("gru", "transformer"), steps=60, dropout=0.1)

    def told() -> str:
        run = started(store, plan)
        store.commands.send(run, "step", 23, by="anna")  # no snapshot is due there
        store.commands.send(run, "set_lr", 0.03, by="anna")
        return run

    assert 23 not in snapshot_steps(60)
    whole = told()
    with working(store, whole):  # nobody waits
        eventually(lambda: store.runs.get(whole).status == "paused")
        store.commands.send(whole, "resume", by="anna")
    run = told()
    with working(store, run) as left:
        eventually(lambda: store.runs.get(run).status == "paused")
        other = started(store, plan)  # somebody waits from now on
    assert left == [None]
    assert (store.runs.get(run).status, store.runs.get(run).worker) == ("paused", None)
    assert train(store, other, "worker again") == "finished"
    store.commands.send(run, "resume", by="anna")
    assert train(store, run, "another worker") == "finished"
    assert store.runs.get(run).message == "Resumed at step 23."
    assert store.runs.get(run).attempts == 1
    assert scores(store, run) == scores(store, whole)  # none missing, none twice, bit for bit
    assert steps_told(store, run) == steps_told(store, whole)
    for family, tensors in last_tensors(store, whole).items():
        torch.testing.assert_close(last_tensors(store, run)[family], tensors, rtol=0, atol=0)


def steps_told(store: RunStore, run: str) -> list[tuple[str, int]]:
    """Where the learning rate was changed, and where each contender began and ended."""
    told = points(store, run)
    marks = [(point.contender, point.step) for point in told if "set_lr" in point.extras]
    losses = [(point.contender, point.step) for point in told if point.loss is not None]
    assert len(set(losses)) == len(losses)
    return [*marks, *sorted(losses)[-1:]]


def test_a_paused_run_keeps_its_worker_while_nobody_waits_or_its_owner_is_at_work(
    file_store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(file_store)
    looked: list[bool] = []
    waits = Claim.others_wait
    monkeypatch.setattr(Claim, "others_wait", lambda claim: looked.append(waits(claim)) or looked[-1])
    file_store.commands.send(run, "step", 3, by="anna")
    with working(file_store, run) as ended:
        eventually(lambda: file_store.runs.get(run).status == "paused")
        started(file_store)  # who waits is not even looked for before the time
        file_store.commands.send(run, "step", 3, by="anna")
        eventually(lambda: max((point.step for point in points(file_store, run)), default=0) == 6)
        assert looked == []
        file_store.runs.delete(file_store.queue.waiting()[0], by="anna")
        monkeypatch.setattr(underway, "GIVE_WAY_S", 0.0)
        eventually(lambda: looked)
        file_store.commands.send(run, "resume", by="anna")
    assert ended == ["finished"]
    assert not any(looked)


def test_a_run_without_room_for_a_last_snapshot_keeps_its_worker(
    file_store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from attnlab.training.store import snapshots

    monkeypatch.setattr(underway, "GIVE_WAY_S", 0.0)
    run = started(file_store)
    tried: list[bool] = []
    save_all = underway.Underway._save_all
    monkeypatch.setattr(underway.Underway, "_save_all", lambda self: tried.append(save_all(self)) or tried[-1])
    file_store.commands.send(run, "step", 3, by="anna")
    with working(file_store, run) as ended:
        eventually(lambda: file_store.runs.get(run).status == "paused")
        monkeypatch.setattr(snapshots, "MAX_SNAPSHOTS_BYTES", 10)
        started(file_store)
        eventually(lambda: tried)
        file_store.commands.send(run, "resume", by="anna")
    assert ended == ["finished"]
    assert not tried[0]


def test_a_change_of_the_learning_rate_is_marked_and_counts(file_store: RunStore) -> None:
    run = started(file_store)
    file_store.commands.send(run, "set_lr", 0.25, by="anna")
    train(file_store, run, "worker")
    told = points(file_store, run)
    marks = [(point.contender, point.step, point.extras["set_lr"]) for point in told if "set_lr" in point.extras]
    assert marks == [("gru", 0, 0.25), ("tcn", 0, 0.25)]
    first = next(point for point in told if point.lr is not None)
    assert first.lr == 0.25 * first.step / PLAN.warmup
    (command,) = file_store.commands.listed(run)
    assert command.acknowledged is not None
    assert command.note == "From step 0 on."


def test_a_learning_rate_that_cannot_be_is_answered(file_store: RunStore) -> None:
    run = started(file_store)
    file_store.commands.send(run, "set_lr", 50, by="anna")  # more than training allows
    assert train(file_store, run, "worker") == "finished"
    assert file_store.commands.listed(run)[0].note == "lr (50.0) must be between 0.0 and 10.0"
    assert not any("set_lr" in point.extras for point in points(file_store, run))


@pytest.mark.parametrize(
    ("kinds", "orders"),
    [
        ([], Orders()),
        ([("pause", None)], Orders(paused=True)),
        ([("pause", None), ("resume", None)], Orders()),
        ([("resume", None), ("step", 5)], Orders(paused=True)),
        ([("pause", None), ("set_lr", 0.1), ("set_lr", 0.2)], Orders(paused=True, lr=0.2)),
    ],
)
def test_orders_that_were_carried_out_still_hold(kinds: Any, orders: Orders, clock: FakeClock) -> None:
    sent = [Command(number, *kind, clock(), True, clock(), "") for number, kind in enumerate(kinds)]
    assert standing_orders(sent) == orders
    assert standing_orders([replace(command, acknowledged=None) for command in sent]) == Orders()


# --- another worker ---------------------------------------------------------------------------------------------------


def test_a_run_whose_worker_died_ends_as_if_nothing_had_happened(
    store: RunStore, before_chunk: Callable[[Hook], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = small_plan(("gru", "transformer"), steps=60, dropout=0.1)
    whole, run = started(store, plan), started(store, plan)
    train(store, whole, "worker")
    monkeypatch.setattr(outbox, "FLUSH_S", 0.0)
    monkeypatch.setattr(outbox, "RESUMABLE_EVERY_S", 0.0)
    deaths = {20, 45}

    def die(learner: Learner) -> None:
        if deaths and learner.step >= min(deaths):
            deaths.remove(min(deaths))
            raise Killed

    before_chunk(die)
    for worker in ("one", "two"):
        with pytest.raises(Killed):
            train(store, run, worker, takeover=True)
        assert store.runs.get(run).worker == worker
    resumed_at = min(info.step for info in store.snapshots.latest(run).values())
    assert resumed_at >= 20
    assert train(store, run, "three", takeover=True) == "finished"
    ended = store.runs.get(run)
    assert ended.message == f"Resumed at step {resumed_at} after a worker ended."
    assert (ended.claims, ended.attempts) == (3, 1)
    assert scores(store, run) == scores(store, whole)  # none missing, none twice, bit for bit
    for family, tensors in last_tensors(store, whole).items():
        torch.testing.assert_close(last_tensors(store, run)[family], tensors, rtol=0, atol=0)


def test_points_after_the_snapshot_are_taken_back(file_store: RunStore) -> None:
    run = started(file_store)
    file_store.queue.claim("dead", run)
    learner = Learner(PLAN, "gru")
    learner.advance(2)
    file_store.points.append(run, "dead", [Point("gru", 2, loss=7.0), Point("gru", 3, loss=8.0), Point("tcn", 1)])
    file_store.snapshots.save(run, "dead", [Snapshot("gru", 2, pack(learner), RESUMABLE)])
    assert train(file_store, run, "worker", takeover=True) == "finished"
    kept = [(point.contender, point.step, point.loss) for point in points(file_store, run)]
    assert kept[0] == ("gru", 2, 7.0)
    assert 8.0 not in {loss for *_, loss in kept}
    assert ("tcn", 1, None) not in kept
    assert file_store.runs.get(run).message == "Resumed at step 0 after a worker ended."


def test_what_a_page_had_asked_of_the_dead_worker_still_holds(file_store: RunStore) -> None:
    run = started(file_store)
    file_store.queue.claim("dead", run)
    file_store.snapshots.save(
        run, "dead", [Snapshot(family, 0, pack(Learner(PLAN, family)), RESUMABLE) for family in PLAN.families]
    )
    for kind, value in (("set_lr", 0.25), ("pause", None)):
        file_store.commands.send(run, kind, value, by="anna")  # type: ignore[arg-type]
    file_store.commands.acknowledge(run, "dead", file_store.commands.take(run, "dead"))
    with working_instead(file_store, run):
        eventually(lambda: file_store.runs.get(run).status == "paused")
        marks = [point.extras["set_lr"] for point in points(file_store, run) if "set_lr" in point.extras]
        assert marks == [0.25, 0.25]
        file_store.commands.send(run, "stop", by="anna")


@contextmanager
def working_instead(store: RunStore, run: str) -> Iterator[None]:
    """A worker in a thread, after another one died."""
    thread = threading.Thread(target=lambda: train(store, run, "next", takeover=True))
    thread.start()
    yield
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def test_a_run_that_costs_too_many_workers_their_lives_is_given_up(file_store: RunStore) -> None:
    run = started(file_store)
    for number in range(MAX_ATTEMPTS):
        file_store.queue.claim(f"dead {number}", run, takeover=True)
    assert train(file_store, run, "worker", takeover=True) == "failed"
    assert file_store.runs.get(run).message == f"{MAX_ATTEMPTS} workers ended while they trained it."
    assert points(file_store, run) == ()


def test_most_snapshots_are_weights_to_look_at_and_the_first_and_the_last_can_be_resumed_from(
    file_store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "RESUMABLE_EVERY_S", 1e9)
    run = started(file_store)
    train(file_store, run, "worker")
    saved = file_store.snapshots.listed(run, "gru")
    assert [info.step for info in saved if info.meta["resumable"]] == [0, 60]
    between = next(info for info in saved if info.step == 1)
    assert between.size < saved[0].size / 2


# --- faults -----------------------------------------------------------------------------------------------------------


def test_a_locked_store_holds_training_up_and_loses_nothing(
    store: RunStore, database_url: str, clock: FakeClock, before_chunk: Callable[[Hook], None]
) -> None:
    impatient = RunStore(database_url, clock=clock, busy_timeout_s=0.05)
    run = started(store)
    holding, held = threading.Event(), threading.Event()

    def hold() -> None:
        with locked(database_url):
            held.set()
            time.sleep(0.6)

    def lock_once(learner: Learner) -> None:
        if learner.step >= 10 and not holding.is_set():
            holding.set()
            threading.Thread(target=hold).start()
            assert held.wait(PATIENCE_S)

    before_chunk(lock_once)
    assert train(impatient, run, "worker") == "finished"
    impatient.close()
    whole = started(store)
    before_chunk(lambda learner: None)
    train(store, whole, "worker")
    assert scores(store, run) == scores(store, whole)
    for family in PLAN.families:
        assert tuple(info.step for info in store.snapshots.listed(run, family)) == snapshot_steps(60)


def test_a_store_that_stays_locked_leaves_the_run_to_the_next_worker(
    store: RunStore, database_url: str, clock: FakeClock
) -> None:
    impatient = RunStore(database_url, clock=clock, busy_timeout_s=0.05)
    run = started(store)
    store.queue.claim("dead", run)
    with locked(database_url):
        assert train(impatient, run, "worker", takeover=True, patience=Patience(0.3)) is None
    impatient.close()
    assert store.runs.get(run).worker == "dead"
    assert train(store, run, "next", takeover=True) == "finished"


def test_a_database_that_fails_over_and_over_costs_a_healthy_run_nothing(
    store: RunStore, before_chunk: Callable[[Hook], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time for longer than a worker waits, and oftener than a run may lose its worker."""
    away = [3] * (2 * MAX_ATTEMPTS)
    append = store.points.append

    def fail(*told: Any) -> int:
        if away and told[3].step >= away[0]:
            away.pop()
            raise StoreUnreachable
        return append(*told)

    monkeypatch.setattr(store.points, "append", fail)
    monkeypatch.setattr(outbox, "FLUSH_S", 0.0)
    run = started(store)
    for number in range(2 * MAX_ATTEMPTS):
        assert train(store, run, f"worker {number}", patience=Patience(0)) is None
        given = store.runs.get(run)
        assert (given.status, given.attempts, given.message) == ("queued", 0, StoreUnreachable.message)
    assert train(store, run, "last", patience=Patience(0)) == "finished"


def test_a_fault_that_will_not_pass_ends_the_run(file_store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> int:
        raise StoreFault

    monkeypatch.setattr(file_store.points, "append", fail)
    run = started(file_store)
    assert train(file_store, run, "worker", patience=Patience(0)) == "failed"
    assert file_store.runs.get(run).message == StoreFault.message


@pytest.mark.parametrize("fault", [StoreBusy, StoreFull, StoreReadOnly, StoreTorn, StoreUnreachable])
def test_a_store_that_fails_for_a_while_holds_training_up_and_loses_nothing(
    file_store: RunStore, monkeypatch: pytest.MonkeyPatch, fault: type[StoreFault]
) -> None:
    monkeypatch.setattr(patience, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(outbox, "FLUSH_S", 0.0)
    failures = []

    def failing_twice(call: Callable[..., Any]) -> Callable[..., Any]:
        due = [fault, fault]

        def called(*told: Any) -> Any:
            if due:
                failures.append(call)
                raise due.pop()
            return call(*told)

        return called

    for part, name in ((file_store.points, "append"), (file_store.snapshots, "save"), (file_store.commands, "take")):
        monkeypatch.setattr(part, name, failing_twice(getattr(part, name)))
    plan = small_plan(("gru",), steps=5)
    run = started(file_store, plan)
    assert train(file_store, run, "worker") == "finished"
    assert len(failures) == 6
    assert [step for _, step, *_ in scores(file_store, run)] == list(evaluation_steps(plan))
    assert [info.step for info in file_store.snapshots.listed(run)] == list(snapshot_steps(5))


def test_patience_ends() -> None:
    calls: list[int] = []

    def fail() -> None:
        calls.append(1)
        raise StoreFault

    with pytest.raises(StoreFault):
        Patience(0.25)(fail)
    assert len(calls) == 2  # at once, after 0.1 s, and not after 0.3 s


@pytest.mark.parametrize(
    ("taken_away", "left"), [("deleted", None), ("abandoned", "abandoned"), ("requeued", "queued")]
)
def test_a_worker_whose_run_is_taken_away_stops_quietly(
    store: RunStore, clock: FakeClock, before_chunk: Callable[[Hook], None], taken_away: str, left: str | None
) -> None:
    run = started(store)
    chunks: list[int] = []

    def take_away(learner: Learner) -> None:
        chunks.append(learner.step)
        if len(chunks) == 5 and taken_away == "deleted":
            store.runs.delete(run, by="anna")
        elif len(chunks) == 5 and taken_away == "abandoned":
            assert store.queue.stop_abandoned(clock.now.replace(year=2030)) == [run]
        elif len(chunks) == 5:
            assert store.queue.requeue_silent(0, clock.now.replace(year=2030)) == [run]

    before_chunk(take_away)
    assert train(store, run, "worker") is None
    remaining: list[Run] = store.runs.history()
    assert [run.status for run in remaining] == ([] if left is None else [left])


@pytest.mark.parametrize(
    ("error", "message"), [(MemoryError(), note("out_of_memory")), (ZeroDivisionError("secret"), note("program_error"))]
)
def test_an_error_of_the_program_is_told_in_our_words(
    file_store: RunStore, before_chunk: Callable[[Hook], None], error: Exception, message: str
) -> None:
    def fail(learner: Learner) -> None:
        if learner.step >= 5:
            raise error

    run = started(file_store)
    before_chunk(fail)
    assert train(file_store, run, "worker") == "failed"
    assert file_store.runs.get(run).message == message


def test_a_configuration_that_cannot_be_trained_is_refused_by_name(file_store: RunStore) -> None:
    config = RunConfig("reverse", ("gru",), {"steps": -1})
    run = file_store.runs.create(config, owner="anna", name="forged").id
    assert train(file_store, run, "worker") == "failed"
    assert file_store.runs.get(run).message == "steps (-1) must be between 1 and 100000"


def test_a_snapshot_that_cannot_be_read_is_refused_by_name(file_store: RunStore) -> None:
    run = started(file_store)
    file_store.queue.claim("dead", run)
    file_store.snapshots.save(run, "dead", [Snapshot("gru", 2, b"\x02\0\0\0\0\0\0\0{}", RESUMABLE)])
    assert train(file_store, run, "worker", takeover=True) == "failed"
    assert file_store.runs.get(run).message.startswith("snapshot (")


# --- diverging --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("doomed", "status"), [({"gru"}, "finished"), ({"gru", "tcn"}, "diverged")])
def test_contenders_that_diverge_are_told_and_keep_their_last_finite_weights(
    store: RunStore, before_chunk: Callable[[Hook], None], doomed: set[str], status: str
) -> None:
    def explode(learner: Learner) -> None:
        if learner.contender in doomed and learner.step >= 4:
            learner.peak = 1e30

    run = started(store)
    before_chunk(explode)
    assert train(store, run, "worker") == status
    told = store.runs.get(run)
    assert told.message == (DIVERGED if status == "diverged" else "")
    assert (told.counters.step == 60) == (status == "finished")  # who diverged does not count
    for family in doomed:
        mine = [point for point in points(store, run) if point.contender == family and point.loss is not None]
        saved = store.snapshots.latest(run)[family]
        assert 4 <= saved.step == mine[-1].step < 60
        assert all(weight.isfinite().all() for weight in last_tensors(store, run)[family].values())


# --- room and signs of life -------------------------------------------------------------------------------------------


def test_snapshots_that_would_not_fit_are_spaced_out_alike_and_the_last_one_is_kept(
    file_store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = small_plan(
        ("bag_of_words", "transformer", "lstm"), task_name="classify_csv", sizes={}, budget=8000, steps=60
    )
    sizes = {family: len(pack(Learner(plan, family))) for family in plan.families}
    assert max(sizes.values()) > 1.5 * min(sizes.values())
    room = 16 * sum(sizes.values())
    monkeypatch.setattr(outbox, "RESUMABLE_EVERY_S", 0.0)
    monkeypatch.setattr(outbox, "MAX_SNAPSHOTS_BYTES", room)
    run = started(file_store, plan)
    train(file_store, run, "worker")
    due, saved = snapshot_steps(60), {family: file_store.snapshots.listed(run, family) for family in plan.families}
    every = due.index(saved["lstm"][1].step)
    assert every > 1
    for infos in saved.values():
        assert [info.step for info in infos] == sorted({*due[::every], 60})
        assert 2 <= sum(bool(info.meta["resumable"]) for info in infos) < len(infos)
        assert infos[-1].meta["resumable"]
    assert 0.3 * room < sum(info.size for infos in saved.values() for info in infos) < 0.9 * room


def test_a_snapshot_that_the_store_has_no_room_for_does_not_end_the_run(
    file_store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from attnlab.training.store import snapshots

    monkeypatch.setattr(snapshots, "MAX_SNAPSHOT_BYTES", 10)
    run = started(file_store)
    assert train(file_store, run, "worker") == "finished"
    assert file_store.snapshots.listed(run) == []
    assert len(points(file_store, run)) > 10


def test_a_last_score_of_many_texts_is_no_silence(file_store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    signs: list[str] = []

    def slowly(model: AnyModel, task: Task, alive: Callable[[], object]) -> Evaluation:
        signs.append("scoring")
        alive()
        return final_scores(model, task)

    monkeypatch.setattr(outbox, "final_scores", slowly)
    monkeypatch.setattr(heart.Heart, "touch", lambda _: signs.append("alive"))
    train(file_store, started(file_store), "worker")
    scoring = [at for at, sign in enumerate(signs) if sign == "scoring"]
    assert len(scoring) == len(PLAN.families)
    assert all(signs[at + 1] == "alive" for at in scoring)


def test_a_heart_beats_through_a_long_step_and_stops_with_one_that_never_ends(
    file_store: RunStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heart, "BEAT_S", 0.01)
    run = started(file_store)
    file_store.queue.claim("worker", run)
    with beating(Claim(file_store, run, "worker", Patience())) as at_work:
        clock.advance(50)
        eventually(lambda: file_store.runs.get(run).heartbeat == clock())
        monkeypatch.setattr(heart, "STALL_S", -1.0)
        time.sleep(0.1)  # a beat that was under way
        stalled = file_store.runs.get(run).heartbeat
        clock.advance(50)
        time.sleep(0.1)
        assert file_store.runs.get(run).heartbeat == stalled
        monkeypatch.setattr(heart, "STALL_S", 60.0)
        at_work.touch()
        eventually(lambda: file_store.runs.get(run).heartbeat == clock())


def test_a_worker_ends_what_nobody_watches_though_no_app_is_left(
    file_store: RunStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heart, "BEAT_S", 0.005)
    run = started(file_store)
    file_store.commands.send(run, "pause", by="anna")
    with working(file_store, run) as ended:
        eventually(lambda: file_store.runs.get(run).status == "paused")
        clock.advance(86_401)
    assert ended == [None]
    assert file_store.runs.get(run).status == "abandoned"
