import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.engine import SpecError
from attnlab.engine.seeds import generator
from attnlab.models import FAMILIES, SequenceModel
from attnlab.tasks import PRESETS, TASKS, Batch
from attnlab.training.racing.loop import CHUNK_S, MAX_GROWTH, Learner
from attnlab.training.racing.loss import scored_loss
from attnlab.training.racing.schedule import lr_at
from tests.training.small_plans import small_plan


def weights_of(learner: Learner) -> dict[str, Tensor]:
    return {name: weight.clone() for name, weight in learner.model.state_dict().items()}


def same(left: dict[str, Tensor], right: dict[str, Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


@pytest.mark.parametrize("family", FAMILIES)
def test_chunks_do_what_a_bare_loop_does(family: Any) -> None:
    plan = small_plan((family,), weight_decay=0.0, clip=0.3, lr={family: 0.01})
    learner = Learner(plan, family)
    losses = learner.advance(1).losses + learner.advance(4).losses + learner.advance(6).losses

    model, batches = SequenceModel(plan.model_config(family)), generator(plan.seed, "batches")
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.0, fused=True)
    expected = []
    for step in range(plan.steps):
        batch = plan.task.sample(plan.batch_size, batches)
        loss = F.cross_entropy(model(batch.inputs).flatten(0, 1), batch.targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), plan.clip)
        optimizer.param_groups[0]["lr"] = lr_at(step, plan.steps, 0.01, plan.warmup, "cosine")
        optimizer.step()
        expected.append(loss.item())
    assert losses == pytest.approx(expected, rel=1e-6)
    assert same(weights_of(learner), dict(model.state_dict()))


def test_weight_decay_shrinks_matrices_and_leaves_biases_and_gains() -> None:
    learner = Learner(small_plan(("lstm",), weight_decay=0.5, lr={"lstm": 0.1}, warmup=0), "lstm")
    with torch.no_grad():
        for weight in learner.weights:
            weight.fill_(1.0)
    before = weights_of(learner)
    learner.optimizer.param_groups[0]["lr"] = learner.optimizer.param_groups[1]["lr"] = 0.1
    for weight in learner.weights:
        weight.grad = torch.zeros_like(weight)
    learner.optimizer.step()
    for name, weight in learner.model.named_parameters():
        assert torch.allclose(weight, before[name] * (0.95 if weight.ndim > 1 else 1.0)), name


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_how_steps_are_cut_into_chunks_changes_nothing(dropout: float) -> None:
    plan = small_plan(dropout=dropout)
    learners = [Learner(plan, "transformer") for _ in range(2)]
    one = learners[0].advance(11).losses
    other = learners[1].advance(2).losses + learners[1].advance(1).losses + learners[1].advance(8).losses
    assert one == other
    assert same(weights_of(learners[0]), weights_of(learners[1]))


def test_dropout_draws_from_the_contenders_own_noise_and_gives_the_global_one_back() -> None:
    plan = small_plan(dropout=0.3)
    torch.manual_seed(1)
    first = Learner(plan, "gru").advance(3).losses
    torch.manual_seed(2)
    before = torch.get_rng_state()
    second = Learner(plan, "gru").advance(3).losses
    assert first == second
    assert torch.equal(torch.get_rng_state(), before)
    assert first[0] != Learner(small_plan(), "gru").advance(1).losses[0]


def test_dropout_differs_from_chunk_to_chunk() -> None:
    learner = Learner(small_plan(dropout=0.3), "gru")
    before = learner.noise
    learner.advance(1)
    assert not torch.equal(learner.noise, before)


def test_all_contenders_see_the_same_examples() -> None:
    seen: dict[str, list[Tensor]] = {}
    for family in FAMILIES:
        learner = Learner(small_plan((family,)), family)
        learner.model.register_forward_pre_hook(
            lambda _, inputs, at=family: seen.setdefault(at, []).append(inputs[0].clone())
        )
        learner.advance(2)
    first = seen.pop("transformer")
    assert not torch.equal(first[0], first[1])
    for batches in seen.values():
        assert all(torch.equal(mine, theirs) for mine, theirs in zip(first, batches, strict=True))


def test_a_result_counts_what_was_done() -> None:
    learner = Learner(small_plan(lr={"gru": 0.01}), "gru")
    learner.advance(2)
    result = learner.advance(3)
    assert (result.step, result.examples, len(result.losses)) == (5, 35, 3)
    assert result.loss == pytest.approx(sum(result.losses) / 3)
    assert result.lr == pytest.approx(lr_at(4, 11, 0.01, 3, "cosine"))
    assert 0 < result.chunk_seconds < result.seconds == learner.seconds
    assert result.tokens_per_s == pytest.approx(3 * 7 * 5 / result.chunk_seconds)
    assert result.grad_norm > 0
    assert not result.diverged


def test_a_new_rate_holds_from_the_next_step_on_and_keeps_its_schedule() -> None:
    learner = Learner(small_plan(lr={"gru": 0.01}), "gru")
    learner.advance(5)
    learner.set_lr(0.002)
    assert learner.advance(1).lr == pytest.approx(lr_at(5, 11, 0.002, 3, "cosine"))


def test_a_rate_of_zero_changes_no_weight() -> None:
    learner = Learner(small_plan(lr={"gru": 0}), "gru")
    before = weights_of(learner)
    learner.advance(3)
    assert same(before, weights_of(learner))


@pytest.mark.parametrize("lr", [-1, 1e9, math.nan, math.inf, True, "1", None])
def test_a_rate_out_of_bounds_is_refused(lr: Any) -> None:
    with pytest.raises(SpecError, match="lr"):
        Learner(small_plan(), "gru").set_lr(lr)


def poisoned(learner: Learner, step: int, value: float) -> None:
    """Make the loss of one step NaN or infinite."""
    calls = 0

    def poison(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        return output * value if calls == step else output

    learner.model.register_forward_hook(poison)


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("step", [3, 4, 5])
def test_a_contender_that_diverges_keeps_its_last_finite_weights(value: float, step: int) -> None:
    plan = small_plan(("gru",), dropout=0.1)
    learner, twin = Learner(plan, "gru"), Learner(plan, "gru")
    learner.advance(2)
    twin.advance(2)
    poisoned(learner, step - 2, value)
    result = learner.advance(3)
    assert result.diverged
    assert learner.diverged
    assert learner.finished
    assert not math.isfinite(result.loss)
    assert (result.step, learner.step) == (2, 2)
    assert same(weights_of(learner), weights_of(twin))
    assert all(torch.equal(*pair) for pair in zip(learner.moments["exp_avg"], twin.moments["exp_avg"], strict=True))
    assert torch.equal(learner.batches.get_state(), twin.batches.get_state())
    with pytest.raises(ValueError, match="diverged"):
        learner.advance(1)


def test_weights_that_overflow_after_a_finite_loss_count_as_diverged() -> None:
    learner = Learner(small_plan(("gru",)), "gru")
    before = weights_of(learner)

    def overflow(*_: object) -> None:
        learner.weights[0].data.fill_(math.inf)

    learner.optimizer.register_step_post_hook(overflow)
    assert learner.advance(1).diverged
    assert same(before, weights_of(learner))


def test_no_step_is_no_chunk() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        Learner(small_plan(), "gru").advance(0)


def test_chunks_start_with_one_step_and_grow_as_far_as_time_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(1000))
    monkeypatch.setattr("attnlab.training.racing.loop.time.perf_counter", lambda: next(now) * CHUNK_S / 10)
    learner = Learner(small_plan(steps=1000), "gru")
    assert learner.affordable_steps == 1
    sizes = [learner.affordable_steps]
    for _ in range(3):  # a tenth of the time whatever the size
        learner.advance(learner.affordable_steps)
        sizes.append(learner.affordable_steps)
    assert sizes == [1, MAX_GROWTH, MAX_GROWTH**2, MAX_GROWTH**3]
    monkeypatch.setattr("attnlab.training.racing.loop.time.perf_counter", lambda: next(now) * CHUNK_S * 3)
    learner.advance(6)
    assert learner.affordable_steps == 2


def test_a_race_of_seconds_ends_by_the_clock_and_cools_down_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(1000))
    monkeypatch.setattr("attnlab.training.racing.loop.time.perf_counter", lambda: next(now) * 1.0)
    learner = Learner(small_plan(seconds=4.0, lr={"gru": 0.01}, warmup=0, steps=1), "gru")
    rates = []
    while not learner.finished:
        rates.append(learner.advance(10).lr)
    assert learner.step == 40
    assert rates == pytest.approx([0.01, *(lr_at(step, 40, 0.01, 0, "cosine") for step in (19, 29, 39))], rel=1e-3)


@pytest.mark.parametrize("name", TASKS)
def test_the_loss_is_that_of_the_scored_positions_alone(name: str) -> None:
    task = TASKS[name](**PRESETS[name]["example"])
    batch = task.sample(5, generator(0, name))
    noise = generator(1, name)
    outputs = torch.randn(*batch.targets.shape, task.info.num_outputs, generator=noise, requires_grad=True)
    loss = scored_loss(outputs, batch)
    pairs = [(outputs[row, column], batch.targets[row, column]) for row, column in batch.scored.nonzero().tolist()]
    if task.info.regression:
        expected = sum((output[0] - target) ** 2 for output, target in pairs) / len(pairs)
    else:
        expected = sum(-output.log_softmax(0)[target] for output, target in pairs) / len(pairs)
    assert loss.item() == pytest.approx(torch.as_tensor(expected).item(), rel=1e-5)
    loss.backward()
    gradient = outputs.grad
    assert gradient is not None
    assert not gradient[~batch.scored].any()
    assert gradient[batch.scored].any()


def test_what_is_not_scored_may_be_anything() -> None:
    scored = torch.tensor([[True, False, True]])
    outputs = torch.tensor([[[1.0, 0.0], [math.nan, math.nan], [0.0, 2.0]]])
    batch = Batch(torch.zeros(1, 3, dtype=torch.long), torch.tensor([[0, 0, 1]]), scored)
    expected = (math.log1p(math.exp(-1)) + math.log1p(math.exp(-2))) / 2
    assert scored_loss(outputs, batch).item() == pytest.approx(expected, rel=1e-6)
