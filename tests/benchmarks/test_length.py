import pytest
import torch

from benchmarks import length
from benchmarks.length import FAMILIES


def test_the_slope_is_the_power_of_the_length() -> None:
    assert length.slope({n: 3.0 * n**1.7 for n in (128, 256, 1024)}) == pytest.approx(1.7)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_step_gives_every_weight_of_the_body_a_gradient(family: length.FamilyName) -> None:
    model, call = length.step(family, 40)
    call()
    assert all(weight.grad is not None for weight in model.blocks.parameters())
    first = model.blocks[0].mixer.get_parameter(
        "qkv_proj.weight" if family == "transformer" else "attention.qkv_proj.weight"
    )
    assert first.grad is not None
    assert torch.isfinite(first.grad).all()


def test_bars_ask_for_a_cost_that_grows_with_the_length() -> None:
    slopes = {"transformer": 1.9, "window_attention": 1.0, "linear_attention": 1.3}
    longest = {"transformer": 100.0, "window_attention": 60.0, "linear_attention": 10.0}
    met = {bar["name"]: bar["met"] for bar in length.bars(slopes, longest)}
    assert list(met.values()) == [True, False, False, True]
