"""Verdicts of claims that train, on races small enough for every run of the tests; and engines that turn them.

The same at the size of the page is slow (`test_verdicts.py`). Four such claims have no test here: on small tasks
`wider` and `trained_scaling` end otherwise, and no one wrong engine turns `long_range` and `feed_forward`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from attnlab.claims import VerdictName, claim
from attnlab.claims.experiments import EXPERIMENTS, races
from attnlab.claims.verdicts import verdict_of
from attnlab.models import MIXERS, FamilyName, ModelConfig
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.races import RACES

RECALL = {"sizes": {"vocab_size": 16, "length": 12, "num_pairs": 3}, "steps": 150, "budget": 5000}
PARITY = {"sizes": {"length": 10}, "steps": 200, "budget": 3500}
REVERSE = {"sizes": {"num_symbols": 4, "length": 8}, "steps": 120, "budget": 5000}


def small(race: str, sizes: Mapping[str, object], *contenders: str) -> RacePlan:
    changes = {"batch_size": 32, "warmup": 20, **sizes} | ({"contenders": contenders} if contenders else {})
    return replace(RACES[race], **changes)  # type: ignore[arg-type]


SMALL = {
    "recall": small("recall", RECALL),
    "heads": small("heads", RECALL, "transformer.heads-1", "transformer.heads-8"),
    "parity": small("parity", PARITY),
    "positions": small(
        "positions", REVERSE, *(f"transformer.positions-{name}" for name in ("none", "sinusoidal", "learned"))
    ),
}


def no_places(length: int, width: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.zeros(length, width, dtype=dtype, device=device)


def plant_no_places(patch: pytest.MonkeyPatch) -> None:
    """Sines and cosines of nothing."""
    patch.setattr("attnlab.models.model.sinusoidal_table", no_places)


def plant_one_head(patch: pytest.MonkeyPatch) -> None:
    """As many heads as are asked for are one."""
    for name in ("query_heads", "kv_heads"):
        patch.setattr(ModelConfig, name, property(lambda _config: 1))


def plant_attention_for(family: FamilyName) -> Callable[[pytest.MonkeyPatch], None]:
    """A rival that is attention itself."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr("attnlab.models.parts.block.MIXERS", {**MIXERS, family: MIXERS["transformer"]})

    return plant


CASES: dict[str, tuple[dict[str, VerdictName], Callable[[pytest.MonkeyPatch], None]]] = {
    "positions": ({"positions": "true", "learned_positions": "false"}, plant_no_places),
    "heads": ({"more_heads": "false"}, plant_one_head),
    "linear": ({"linear_attention": "false"}, plant_attention_for("linear_attention")),
    "lengths": ({"longer_texts": "false"}, plant_attention_for("rnn")),
}


@pytest.mark.parametrize("case", CASES)
def test_a_small_race_ends_in_the_verdict_and_a_wrong_engine_turns_it(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(races, "RACES", SMALL)
    right, plant = CASES[case]
    assert verdicts(*right) == right
    plant(monkeypatch)  # after the sizes of the right models are known and kept
    turned = verdicts(*right)
    assert all(turned[name] != right[name] for name in right)


def verdicts(*names: str) -> dict[str, VerdictName]:
    """Of claims that rest on one experiment, which runs once."""
    (experiment,) = {claim(name).experiment for name in names}
    numbers = EXPERIMENTS[experiment](0, "full").numbers
    return {name: verdict_of(claim(name).rules, numbers) for name in names}
