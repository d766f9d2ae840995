"""The feed-forward part, against torch's own functions and by hand."""

import math
from typing import Any, get_args

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine import FeedForwardWeights, dead_units, feed_forward
from attnlab.engine.transformer.feed_forward import GATED, ActivationName
from tests.engine.laws import close, same_bits
from tests.engine.reference import D_MODEL, B, T, normal

HIDDEN = 19
ACTIVATIONS = get_args(ActivationName)


def weights(activation: ActivationName = "relu", *, biased: bool = True) -> FeedForwardWeights:
    def bias(size: int, seed: int) -> Tensor | None:
        return normal(size, seed=seed) if biased else None

    gated = activation in GATED
    return FeedForwardWeights(
        up_proj=normal(D_MODEL, HIDDEN, seed=1),
        up_bias=bias(HIDDEN, 2),
        down_proj=normal(HIDDEN, D_MODEL, seed=3),
        down_bias=bias(D_MODEL, 4),
        gate_proj=normal(D_MODEL, HIDDEN, seed=5) if gated else None,
        gate_bias=bias(HIDDEN, 6) if gated else None,
        activation=activation,
    )


def bent(activation: str, x: Tensor, layer: FeedForwardWeights) -> Tensor:
    """What the papers' formulas say, the error function, the logistic one and the approximation by tanh written out."""
    zero = torch.zeros(())
    before = x @ layer.up_proj + (zero if layer.up_bias is None else layer.up_bias)
    if activation == "relu":
        return before.clamp(min=0)
    if activation == "gelu":
        return before * (1 + torch.erf(before / math.sqrt(2))) / 2
    gelu_new = before * (1 + torch.tanh(math.sqrt(2 / math.pi) * (before + 0.044715 * before**3))) / 2
    swish = before / (1 + torch.exp(-before))
    if activation in {"gelu_new", "swish"}:
        return gelu_new if activation == "gelu_new" else swish
    assert layer.gate_proj is not None
    gate = x @ layer.gate_proj + (zero if layer.gate_bias is None else layer.gate_bias)
    return (gelu_new if activation == "geglu" else swish) * gate


@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_agrees_with_the_papers_formula(activation: ActivationName, biased: bool) -> None:
    layer, x = weights(activation, biased=biased), normal(B, T, D_MODEL)
    trace = feed_forward(x, layer)
    assert trace.pre_activation.shape == trace.activation.shape == (B, T, HIDDEN)
    close(trace.activation, bent(activation, x, layer))
    shift = 0 if layer.down_bias is None else layer.down_bias
    close(trace.output, bent(activation, x, layer) @ layer.down_proj + shift, 1e-11)
    assert (trace.gate is not None) == (activation in GATED)


def test_relu_worked_by_hand() -> None:
    layer = FeedForwardWeights(
        torch.tensor([[1.0, -1.0, 2.0]]).double(),
        torch.tensor([0.0, 1.0, -10.0]).double(),
        torch.tensor([[1.0], [10.0], [100.0]]).double(),
        torch.tensor([0.5]).double(),
    )
    trace = feed_forward(torch.tensor([[[3.0], [-4.0]]]).double(), layer)
    assert trace.pre_activation.tolist() == [[[3.0, -2.0, -4.0], [-4.0, 5.0, -18.0]]]
    assert trace.activation.tolist() == [[[3.0, 0.0, 0.0], [0.0, 5.0, 0.0]]]
    assert trace.output.tolist() == [[[3.5], [50.5]]]
    assert dead_units(trace).tolist() == [False, False, True]


def test_the_gate_of_swiglu_multiplies_and_the_other_factor_is_bent() -> None:
    one = torch.ones(1, 1).double()
    layer = FeedForwardWeights(one, None, one, None, gate_proj=-2 * one, activation="swiglu")
    trace = feed_forward(torch.tensor([[[3.0]]]).double(), layer)
    assert trace.pre_activation.item() == 3.0
    assert trace.gate is not None
    assert trace.gate.item() == -6.0
    assert trace.output.item() == pytest.approx(3 / (1 + math.exp(-3)) * -6, rel=1e-15)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_each_position_is_on_its_own(activation: ActivationName) -> None:
    layer, x = weights(activation), normal(B, T, D_MODEL)
    order = torch.tensor([3, 0, 4, 1, 2])
    close(feed_forward(x[:, order], layer).output, feed_forward(x, layer).output[:, order])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_taking_the_dead_units_out_changes_little_and_nothing_under_relu(activation: ActivationName) -> None:
    layer, x = weights(activation), normal(B, T, D_MODEL)
    up, bias = layer.up_proj.clone(), normal(HIDDEN, seed=2)
    up[:, 4], bias[4] = 0.0, -30.0
    pinched = FeedForwardWeights(up, bias, layer.down_proj, None, layer.gate_proj, layer.gate_bias, activation)
    trace = feed_forward(x, pinched)
    dead = dead_units(trace)
    assert bool(dead[4])
    assert not dead.all()
    without = F.linear(trace.activation.masked_fill(dead, 0.0), pinched.down_proj.T)
    if activation == "relu":
        same_bits(without, trace.output)
    largest = trace.activation.abs().max() * layer.down_proj.abs().sum(0).max()
    assert (without - trace.output).abs().max() <= 0.01 * largest


def test_a_unit_that_speaks_at_one_position_is_not_dead() -> None:
    x = normal(B, T, D_MODEL)
    trace = feed_forward(x, weights(biased=False))
    silent = (trace.activation == 0).flatten(0, 1)
    assert silent.any(0).any()
    same_bits(dead_units(trace), silent.all(0))


def test_over_no_positions_every_unit_is_dead() -> None:
    assert dead_units(feed_forward(normal(B, 0, D_MODEL), weights())).tolist() == [True] * HIDDEN


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "up_bias": ({"up_bias": torch.ones(3)}, r"up_bias \(3,\) must be \(7,\) beside up_proj \(5, 7\)"),
    "down_proj": ({"down_proj": torch.ones(5, 7)}, r"down_proj \(5, 7\) must be \(7, 5\) beside up_proj \(5, 7\)"),
    "down_bias": ({"down_bias": torch.ones(7)}, r"down_bias \(7,\) must be \(5,\) beside"),
    "activation": ({"activation": "tanh"}, r"activation \('tanh'\) must be one of relu, gelu, swiglu"),
    "a gate": (
        {"gate_proj": torch.ones(5, 7)},
        "gate_proj must come with activation 'swiglu' or 'geglu' and no other, got 'relu'",
    ),
    "no gate": (
        {"activation": "swiglu"},
        "gate_proj must come with activation 'swiglu' or 'geglu' and no other, got 'swiglu'",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_weights_that_do_not_fit_are_refused(name: str) -> None:
    fitting = {"up_proj": torch.ones(5, 7), "up_bias": None, "down_proj": torch.ones(7, 5), "down_bias": None}
    options, message = REFUSALS[name]
    with pytest.raises(ValueError, match=message):
        FeedForwardWeights(**(fitting | options))


def test_a_stream_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match=r"x \(2, 5, 16\) must end in d_model = 17"):
        feed_forward(normal(B, T, D_MODEL - 1), weights())
