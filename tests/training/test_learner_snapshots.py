import json
import struct
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.models import FAMILIES
from attnlab.training.racing.loop import Learner
from attnlab.training.snapshots import pack, restore, snapshot_steps, unpack_model
from attnlab.training.store.snapshots import _is_safetensors
from tests.training.small_plans import small_plan


def trained(family: Any = "gru", steps: int = 3, **changes: Any) -> Learner:
    learner = Learner(small_plan((family,), **changes), family)
    learner.advance(steps)
    return learner


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_resumed_equals_uninterrupted_bit_for_bit(family: Any, dropout: float) -> None:
    whole = trained(family, 4, dropout=dropout, weight_decay=0.1)
    data = pack(whole)
    losses = whole.advance(5).losses
    resumed = Learner(whole.plan, family)
    resumed.advance(1)  # whatever it did before
    restore(resumed, data)
    assert resumed.step == 4
    assert resumed.advance(2).losses + resumed.advance(3).losses == losses
    assert pack_without_clock(resumed) == pack_without_clock(whole)


def pack_without_clock(learner: Learner) -> bytes:
    learner.seconds = 0.0
    return pack(learner)


def test_a_changed_rate_and_the_seconds_survive() -> None:
    learner = trained()
    learner.set_lr(0.007)
    fresh = Learner(learner.plan, "gru")
    restore(fresh, pack(learner))
    assert (fresh.peak, fresh.seconds, fresh.step, fresh.diverged) == (0.007, learner.seconds, 3, False)


def test_a_contender_that_diverged_stays_so() -> None:
    learner = trained()
    learner.diverged = True
    fresh = Learner(learner.plan, "gru")
    restore(fresh, pack(learner))
    assert fresh.finished


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("resumable", [True, False])
def test_a_snapshot_opens_as_the_model_in_eval_mode(family: Any, resumable: bool) -> None:
    learner = trained(family, dropout=0.2)
    model = unpack_model(pack(learner, resumable=resumable))
    inputs = torch.arange(10).view(2, 5)
    assert not model.training
    assert model.config == learner.model.config
    assert torch.equal(model(inputs), learner.model.eval()(inputs))


def test_an_opened_model_has_memory_of_its_own_and_can_be_trained() -> None:
    data = pack(trained())
    first, second = unpack_model(data), unpack_model(data)
    for weight in first.parameters():
        assert weight.requires_grad
        weight.data.zero_()
    assert any(weight.any() for weight in second.parameters())
    first(torch.arange(5)[None]).sum().backward()


def test_the_store_takes_snapshots_and_weights_alone_are_a_third() -> None:
    learner = trained(budget=10_000, sizes={"length": 4})
    whole, weights = pack(learner), pack(learner, resumable=False)
    assert _is_safetensors(whole)
    assert _is_safetensors(weights)
    assert len(weights) < 0.45 * len(whole)


def test_the_same_contender_packs_to_the_same_bytes() -> None:
    assert pack_without_clock(trained()) == pack_without_clock(trained())


# --- what is no snapshot ----------------------------------------------------------------------------------------------


def header(data: bytes) -> dict[str, Any]:
    (length,) = struct.unpack("<Q", data[:8])
    return dict(json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["attnlab"]))


def forged(data: bytes, about: dict[str, Any] | None = None, **tensors: Tensor | None) -> bytes:
    changed = {**load(data), **tensors}
    kept = {name: tensor for name, tensor in changed.items() if tensor is not None}
    return save(kept, {"attnlab": json.dumps({**header(data), **(about or {})})})


def config_json(**changes: Any) -> str:
    return json.dumps({**json.loads(small_plan(("gru",)).model_config("gru").to_json()), **changes})


HEAD = "weights/head.bias"
FORGERIES: dict[str, tuple[dict[str, Any], dict[str, Tensor | None]]] = {
    "missing": ({}, {HEAD: None}),
    "added": ({}, {"weights/another": torch.zeros(2)}),
    "shape": ({}, {HEAD: torch.zeros(11)}),
    "type": ({}, {HEAD: torch.zeros(10, dtype=torch.float64)}),
    "whole numbers": ({}, {HEAD: torch.zeros(10, dtype=torch.int64)}),
    "nan": ({}, {HEAD: torch.full((10,), torch.nan)}),
    "infinite": ({}, {HEAD: torch.full((10,), -torch.inf)}),
    "version": ({"version": 2}, {}),
    "no version": ({"version": None}, {}),
    "other width": ({"config": config_json(d_model=512, num_layers=12)}, {}),
    "other family": ({"config": config_json(family="lstm")}, {}),
    "bad config": ({"config": config_json(d_model=0)}, {}),
    "config of a later program": ({"config": config_json(version=99)}, {}),
    "no config": ({"config": None}, {}),
}


@pytest.mark.parametrize("about, tensors", FORGERIES.values(), ids=FORGERIES)  # noqa: PT006
def test_a_forged_snapshot_is_refused(about: dict[str, Any], tensors: dict[str, Tensor | None]) -> None:
    learner = trained()
    data = forged(pack(learner), about, **tensors)
    with pytest.raises(SpecError, match="must"):
        unpack_model(data)
    untouched_by(learner, data)


RESTORING: dict[str, tuple[dict[str, Any], dict[str, Tensor | None]]] = {
    "weights only": ({"resumable": False}, {}),
    "no generator": ({}, {"random/noise": None}),
    "generator of another size": ({}, {"random/batches": torch.zeros(3, dtype=torch.uint8)}),
    "generator of nonsense": ({}, {"random/batches": torch.full((5056,), 255, dtype=torch.uint8)}),
    "moment missing": ({}, {"exp_avg/head.bias": None}),
    "moment not finite": ({}, {"exp_avg_sq/head.bias": torch.full((10,), torch.inf)}),
    "step": ({"step": -1}, {}),
    "step between": ({"step": 2.5}, {}),
    "seconds": ({"seconds": "1"}, {}),
    "peak": ({"peak": 1e9}, {}),
    "diverged": ({"diverged": None}, {}),
    "later seed": ({"config": config_json(seed=1)}, {}),
}


@pytest.mark.parametrize("about, tensors", RESTORING.values(), ids=RESTORING)  # noqa: PT006
def test_what_cannot_be_trained_on_is_refused(about: dict[str, Any], tensors: dict[str, Tensor | None]) -> None:
    learner = trained()
    untouched_by(learner, forged(pack(learner), about, **tensors))


def untouched_by(learner: Learner, data: bytes) -> None:
    before = pack(learner)
    other = Learner(learner.plan, "gru")
    other.advance(1)
    unchanged = pack(other)
    with pytest.raises(SpecError, match="must"):
        restore(other, data)
    assert pack(other) == unchanged
    assert pack(learner) == before


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 8,
        b"\xff" * 100,
        b"not safetensors at all",
        struct.pack("<Q", 2**62) + b"{}",
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 4) + b"null",
        struct.pack("<Q", 50_000) + b"[" * 50_000,
        struct.pack("<Q", 40) + b'{"__metadata__": {"attnlab": "[1, 2, 3]"}'[:40],
        save({"a": torch.zeros(2)}),
        save({"a": torch.zeros(2)}, {"attnlab": "null"}),
        save({"a": torch.zeros(2)}, {"attnlab": "[" * 50_000}),
    ],
    ids=lambda data: str(data[:20]),
)
def test_bytes_that_are_no_snapshot_are_refused(data: bytes) -> None:
    with pytest.raises(SpecError, match="snapshot"):
        unpack_model(data)


def test_a_truncated_or_longer_snapshot_is_refused() -> None:
    data = pack(trained())
    for cut in (data[:-1], data[: len(data) // 2], data[:50], data + b"\0"):
        with pytest.raises(SpecError, match="snapshot"):
            unpack_model(cut)


def test_a_snapshot_of_another_family_is_not_restored() -> None:
    plan = small_plan(("gru", "lstm"))
    with pytest.raises(SpecError, match="same model"):
        restore(Learner(plan, "lstm"), pack(Learner(plan, "gru")))


def test_a_plan_that_differs_only_in_its_steps_may_go_on() -> None:
    learner = trained()
    longer = Learner(replace(learner.plan, steps=50), "gru")
    restore(longer, pack(learner))
    assert not longer.finished


# --- when -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("total", [1, 2, 7, 59, 60, 500, 100_000])
def test_snapshot_steps_have_both_ends_and_at_most_sixty_different_steps(total: int) -> None:
    steps = snapshot_steps(total)
    assert steps[0] == 0
    assert steps[-1] == total
    assert len(set(steps)) == len(steps) <= 60
    assert list(steps) == sorted(steps)


def test_snapshot_steps_lie_evenly_on_a_logarithmic_scale() -> None:
    steps = snapshot_steps(100_000)
    late = [step for step in steps if step > 100]
    ratios = [later / earlier for earlier, later in pairwise(late)]
    assert max(ratios) / min(ratios) < 1.02
    assert steps[:4] == (0, 1, 2, 3)
