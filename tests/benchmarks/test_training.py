import pytest
import torch

from attnlab.models import FamilyName, SequenceModel
from attnlab.training.plans.plan import RacePlan
from benchmarks import training
from benchmarks.bare import bare_loop, bare_model

COMPARABLE: tuple[tuple[FamilyName, str], ...] = (
    ("transformer", "parity"),
    ("transformer", "reverse"),  # which may look ahead
    ("lstm", "parity"),
    ("gru", "parity"),
    ("rnn", "parity"),
    ("tcn", "parity"),
)


@pytest.mark.parametrize(("family", "task"), COMPARABLE)
def test_the_bare_model_gives_the_same_answers(family: FamilyName, task: str) -> None:
    plan = RacePlan(task_name=task, contenders=(family,), budget=9000)
    ours = SequenceModel(plan.model_config(family))
    batch = plan.task.sample(3, torch.Generator().manual_seed(0))
    bare = bare_model(ours, plan.task.info.seq_len)
    torch.testing.assert_close(bare(batch.inputs), ours(batch.inputs), rtol=1e-4, atol=1e-5)
    assert sum(each.numel() for each in bare.parameters()) == sum(each.numel() for each in ours.parameters())


def test_the_bare_loop_learns() -> None:
    plan = RacePlan(task_name="parity", contenders=("rnn",), sizes={"length": 6}, budget=2000, num_layers=1)
    bare = bare_model(SequenceModel(plan.model_config("rnn")), 6)
    batch = plan.task.sample(64, torch.Generator().manual_seed(1))

    def loss() -> float:
        return torch.nn.functional.cross_entropy(bare(batch.inputs).flatten(0, 1), batch.targets.flatten()).item()

    before = loss()
    bare_loop(bare, plan.task, 16, 1e-2, 1.0)(200)
    assert loss() < before / 2


def test_medians_are_those_of_each_call_on_each_clock() -> None:
    now = [0.0]

    def takes(seconds: float) -> None:
        now[0] += seconds

    calls = {"short": lambda: takes(1.0), "long": lambda: takes(3.0)}
    found = training.in_turn(calls, 5, lambda: now[0], lambda: 2 * now[0])
    assert found == {"short": [1.0, 2.0], "long": [3.0, 6.0]}


def test_the_slowest_task_of_a_family_counts() -> None:
    pairs = [
        {"family": "transformer", "ratio": 1.3},
        {"family": "transformer", "ratio": 1.1},
        {"family": "lstm", "ratio": 0.96},
    ]
    bars = training.speed_bars(pairs)
    assert [(bar["got"], bar["limit"], bar["met"]) for bar in bars] == [(1.1, 1.15, False), (0.96, 0.95, True)]


def test_streaming_costs_what_it_takes_longer() -> None:
    bars = training.streaming_bars(
        {"alone": {"clock_s": 10.0, "processor_s": 8.0}, "streamed": {"clock_s": 10.4, "processor_s": 9.0}}
    )
    assert [round(bar["got"], 6) for bar in bars] == [4.0, 12.5]
    assert [bar["met"] for bar in bars] == [True, False]
