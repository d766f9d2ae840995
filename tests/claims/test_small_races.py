"""Verdicts of claims that train, on races small enough for a test; and engines that turn them.

The same at the size of the page is slow (`test_verdicts.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import pytest
import torch
from torch import Tensor

from attnlab.claims import VerdictName, claim
from attnlab.claims.experiments import EXPERIMENTS, races
from attnlab.claims.verdicts import verdict_of
from attnlab.engine.variants import Rule
from attnlab.models import MIXERS, FamilyName, ModelConfig
from attnlab.models.parts.block import ResidualBlock
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.races import RACES
from attnlab.training.shown.ready import Ready
from tests.products import alike

RECALL = {"sizes": {"vocab_size": 16, "length": 12, "num_pairs": 3}, "steps": 150, "budget": 5000}
PARITY = {"sizes": {"length": 10}, "steps": 200, "budget": 3500}
REVERSE = {"sizes": {"num_symbols": 4, "length": 8}, "steps": 120, "budget": 5000}
EASY_REVERSE = {"sizes": {"num_symbols": 3, "length": 6}, "steps": 200, "budget": 5000}
DIGITS = {"steps": 150, "batch_size": 64}


def small(race: str, sizes: Mapping[str, object], *contenders: str) -> RacePlan:
    changes = {"batch_size": 32, "warmup": 20, **sizes} | ({"contenders": contenders} if contenders else {})
    return replace(RACES[race], **changes)  # type: ignore[arg-type]


SMALL = Ready(
    {
        "recall": partial(small, "recall", RECALL),
        "heads": partial(small, "heads", RECALL, "transformer.heads-1", "transformer.heads-8"),
        "parity": partial(small, "parity", PARITY),
        "scaling": partial(small, "scaling", RECALL | {"budget": 12_000, "num_heads": 1}),
        "reverse": partial(small, "reverse", EASY_REVERSE),
        "digits": partial(small, "digits", DIGITS),
        "positions": partial(
            small,
            "positions",
            REVERSE,
            *(f"transformer.positions-{name}" for name in ("none", "sinusoidal", "learned")),
        ),
    }
)


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


def plant_state_for_attention(patch: pytest.MonkeyPatch) -> None:
    """A Transformer whose mixer is a recurrent network."""
    patch.setattr("attnlab.models.parts.block.MIXERS", {**MIXERS, "transformer": MIXERS["rnn"]})


def plant_always_scaled(patch: pytest.MonkeyPatch) -> None:
    """Scores are divided, whatever is asked for."""
    patch.setattr("attnlab.models.mixers.attention.Rule", lambda **_asked: Rule(score="scaled_dot"))


def plant_silence(patch: pytest.MonkeyPatch, silent: Callable[[ResidualBlock, Tensor], bool]) -> None:
    """Some blocks pass on what comes in."""
    forward = ResidualBlock.forward
    patch.setattr(ResidualBlock, "forward", lambda block, x: x if silent(block, x) else forward(block, x))


def plant_silence_without_feed_forward(patch: pytest.MonkeyPatch) -> None:
    plant_silence(patch, lambda block, _x: block.feed_forward is None)


def plant_silence_of_the_narrow(patch: pytest.MonkeyPatch) -> None:
    plant_silence(patch, lambda _block, x: x.shape[-1] < 16)


CASES: dict[str, tuple[dict[str, VerdictName], Callable[[pytest.MonkeyPatch], None]]] = {
    "positions": ({"positions": "true", "learned_positions": "false"}, plant_no_places),
    "heads": ({"more_heads": "false"}, plant_one_head),
    "linear": ({"linear_attention": "false"}, plant_attention_for("linear_attention")),
    "lengths": ({"longer_texts": "false"}, plant_attention_for("rnn")),
    "distance": ({"long_range": "depends"}, plant_state_for_attention),
    "trained_scaling": ({"trained_scaling": "true"}, plant_always_scaled),
    "widths": ({"wider": "false"}, plant_silence_of_the_narrow),
    "feed_forward": ({"feed_forward": "depends"}, plant_silence_without_feed_forward),
    "patches": ({"patch_order": "true"}, plant_no_places),
}


@pytest.mark.parametrize("case", alike(CASES, 4))
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
    numbers = EXPERIMENTS[experiment](0, "quick").numbers
    return {name: verdict_of(claim(name).rules, numbers) for name in names}
