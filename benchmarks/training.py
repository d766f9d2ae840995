"""How fast contenders train beside torch's own layers in a bare loop, and what streaming a race to the store costs."""

import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from attnlab.models import FamilyName
from attnlab.training import RunStore
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.racing.race import Race
from attnlab.training.running.work.worker import train
from attnlab.training.scoring.evaluate import final_scores
from attnlab.training.shown.races import RACES
from benchmarks import report
from benchmarks.bare import bare_loop, bare_model
from benchmarks.engine import one_thread

COMPARED: tuple[tuple[FamilyName, str], ...] = (
    ("transformer", "reverse"),
    ("transformer", "parity"),
    ("transformer", "markov_chain"),
    ("lstm", "parity"),
    ("lstm", "markov_chain"),
    ("gru", "parity"),
    ("gru", "markov_chain"),
    ("tcn", "parity"),
    ("tcn", "markov_chain"),
)
"""Family and task. Each task scores every position, as the bare loop does."""
ROUNDS, WARM_UP, STEPS = 30, 3, 8
TRANSFORMER_BAR, OTHER_BAR, STREAMING_BAR = 1.15, 0.95, 5.0
STREAMED, STREAMED_ROUNDS = "recall", 3
LEASE_S = 3600.0
"""Nobody watches a benchmark's run; without a lease its worker would stop it."""
ABOUT = (
    f"Steps a second of our loop and of a bare one, batch 64, 25,000 body parameters, {STEPS} steps a turn, turns of "
    f"both in random order, medians of {ROUNDS}; processor time of the one thread that trains. The bare model holds "
    "the same weights and gives the same answers (checked): for the Transformer `nn.TransformerEncoder`, norm first; "
    "for the others `nn.LSTM`, `nn.GRU` or two padded `nn.Conv1d` in the same residual block, written with torch's "
    "layers. The bare loop is that of published code: the same examples, `cross_entropy` over all positions, `AdamW` "
    "with default flags, `clip_grad_norm_`, `loss.item()` in each step. Ours does all that a race does: schedule, "
    "gradient norm, the check for divergence with a copy of the last finite weights. Streaming: the race "
    f"'{STREAMED}' as shown in class with the last score of each contender, alone and by the worker into SQLite with "
    f"curves and snapshots, in turn, medians of {STREAMED_ROUNDS}; time on the clock, processor time of all threads."
)


def run() -> dict[str, Any]:
    """Measure all pairs, then the streaming."""
    with one_thread():
        pairs = [compared(family, task) for family, task in COMPARED]
        streamed = streaming(RACES[STREAMED])
    rows = [[one["family"], one["task"], one["T"], one["ours"], one["bare"], one["ratio"]] for one in pairs]
    return {
        "title": "Training",
        "about": ABOUT,
        "columns": ["family", "task", "T", "ours, steps/s", "bare, steps/s", "ours / bare"],
        "rows": rows,
        "bars": [*speed_bars(pairs), *streaming_bars(streamed)],
        "streaming": streamed,
    }


def compared(family: FamilyName, task_name: str) -> dict[str, Any]:
    """One family on one task: our loop and the bare one."""
    plan = RacePlan(task_name=task_name, contenders=(family,))
    ours = Learner(plan, family)
    bare = bare_model(ours.sequence_model, plan.task.info.seq_len)
    inputs = plan.task.sample(4, torch.Generator().manual_seed(0)).inputs
    torch.testing.assert_close(bare(inputs), ours.model(inputs), rtol=1e-4, atol=1e-5)
    loop = bare_loop(bare, plan.task, plan.batch_size, plan.rate(family).lr, plan.clip)
    seconds = in_turn({"ours": lambda: ours.advance(STEPS), "bare": lambda: loop(STEPS)}, ROUNDS, time.thread_time)
    speed = {name: STEPS / median for name, (median,) in seconds.items()}
    about = {"family": family, "task": task_name, "T": plan.task.info.seq_len}
    return {**about, **speed, "ratio": speed["ours"] / speed["bare"]}


def in_turn(
    calls: Mapping[str, Callable[[], object]], rounds: int, *clocks: Callable[[], float], warm_up: int = WARM_UP
) -> dict[str, list[float]]:
    """Medians over rounds of the seconds that each call took, one for each clock.

    Every round makes all calls, in random order.
    """
    seconds: dict[str, list[list[float]]] = {name: [] for name in calls}
    order, shuffled = list(calls), random.Random(0)
    for turn in range(rounds + warm_up):
        shuffled.shuffle(order)
        for name in order:
            began = [clock() for clock in clocks]
            calls[name]()
            if turn >= warm_up:
                seconds[name].append([clock() - start for clock, start in zip(clocks, began, strict=True)])
    return {name: [statistics.median(each) for each in zip(*taken, strict=True)] for name, taken in seconds.items()}


def streaming(plan: RacePlan) -> dict[str, Any]:
    """Medians of seconds of the race alone and streamed, on the clock and of the processor."""
    with TemporaryDirectory() as folder:
        store = RunStore(f"sqlite:///{Path(folder) / 'runs.db'}")

        def alone() -> None:
            race = Race(plan)
            for _ in race.events():
                pass
            for learner in race.learners.values():  # as the command line does, without any store
                final_scores(learner.model, learner.task)

        def streamed() -> None:
            created = store.runs.create(plan.to_config(), owner="benchmark", name=STREAMED, lease_s=LEASE_S)
            status = train(store, created.id, f"benchmark-{created.id}", device="cpu")
            if status != "finished":
                raise RuntimeError(f"the streamed race must finish, it {status}")

        clocks = (time.perf_counter, time.process_time)
        both = in_turn({"alone": alone, "streamed": streamed}, STREAMED_ROUNDS, *clocks, warm_up=0)
        store.close()
    return {name: dict(zip(("clock_s", "processor_s"), medians, strict=True)) for name, medians in both.items()}


def speed_bars(pairs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The slowest task of each family."""
    worst: dict[str, float] = {}
    for one in pairs:
        worst[one["family"]] = min(one["ratio"], worst.get(one["family"], one["ratio"]))
    return [
        report.bar(
            f"{family}: our steps a second / bare, slowest task",
            ratio,
            TRANSFORMER_BAR if family == "transformer" else OTHER_BAR,
            "times",
            at_least=True,
        )
        for family, ratio in worst.items()
    ]


def streaming_bars(streamed: dict[str, dict[str, float]]) -> list[dict[str, Any]]:
    """How much longer a streamed race takes."""
    return [
        report.bar(
            f"streaming, store and snapshots, {name}",
            100 * (streamed["streamed"][key] / streamed["alone"][key] - 1),
            STREAMING_BAR,
            "%",
        )
        for key, name in (("clock_s", "time on the clock"), ("processor_s", "processor time"))
    ]
