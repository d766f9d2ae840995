"""LayerNorm and RMSNorm, against torch's own and by hand."""

import math
from typing import Any

import pytest
import torch
from torch import nn

from attnlab.engine import NormTrace, NormWeights, normed
from tests.engine.laws import close, same_bits
from tests.engine.reference import D_MODEL, B, T, normal
from tests.engine.test_attention import TOLERANCES

KINDS = ("layer", "rms")


def torch_norm(kind: str, dtype: torch.dtype = torch.float64, **options: Any) -> nn.LayerNorm | nn.RMSNorm:
    """torch's own, with a gain that is not 1 and a bias that is not 0."""
    module = (nn.LayerNorm if kind == "layer" else nn.RMSNorm)(D_MODEL, dtype=torch.float64, **options)
    with torch.no_grad():
        for number, parameter in enumerate(module.parameters()):
            parameter.copy_(normal(*parameter.shape, seed=70 + number))
    return module.to(dtype)


def trace_of(kind: str, seed: int = 0) -> NormTrace:
    return normed(3 + 5 * normal(B, T, D_MODEL, seed=seed), NormWeights.from_torch(torch_norm(kind)))


@pytest.mark.parametrize("dtype", TOLERANCES, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_agrees_with_torchs_norm(kind: str, dtype: torch.dtype) -> None:
    module = torch_norm(kind, dtype)
    x = normal(B, T, D_MODEL, dtype=dtype) * 5 + 3
    got = normed(x, NormWeights.from_torch(module)).output
    torch.testing.assert_close(got, module(x), **TOLERANCES[dtype])


@pytest.mark.parametrize("options", [{"bias": False}, {"eps": 0.5}], ids=str)
def test_agrees_with_layer_norms_of_other_settings(options: dict[str, Any]) -> None:
    module, x = torch_norm("layer", **options), normal(B, T, D_MODEL)
    close(normed(x, NormWeights.from_torch(module)).output, module(x))


def test_agrees_with_rms_norm_of_another_eps() -> None:
    module, x = torch_norm("rms", eps=0.5), normal(B, T, D_MODEL)
    close(normed(x, NormWeights.from_torch(module)).output, module(x))


def test_layer_norm_worked_by_hand() -> None:
    weights = NormWeights(torch.tensor([1.0, 2.0]).double(), torch.tensor([10.0, 20.0]).double(), "layer", 0.0)
    trace = normed(torch.tensor([[[1.0, 5.0]]]).double(), weights)
    assert (trace.mean.item(), trace.deviation.item()) == (3.0, 2.0)
    assert trace.normalised.flatten().tolist() == [-1.0, 1.0]
    assert trace.output.flatten().tolist() == [9.0, 22.0]


def test_rms_norm_worked_by_hand() -> None:
    trace = normed(
        torch.tensor([[[1.0, 7.0]]]).double(), NormWeights(torch.tensor([1.0, 2.0]).double(), None, "rms", 0)
    )
    assert (trace.mean.item(), trace.deviation.item()) == (0.0, 5.0)
    close(trace.output.flatten(), torch.tensor([0.2, 2.8], dtype=torch.float64))


@pytest.mark.parametrize("kind", KINDS)
def test_the_stages_lead_to_each_other(kind: str) -> None:
    trace = trace_of(kind)
    assert trace.mean.shape == trace.deviation.shape == (B, T, 1)
    close(trace.normalised, (trace.x - trace.mean) / trace.deviation)
    shift = 0 if trace.weights.bias is None else trace.weights.bias
    close(trace.output, trace.normalised * trace.weights.gain + shift)


def test_what_is_normalised_has_mean_0_and_variance_1() -> None:
    normalised = trace_of("layer").normalised
    close(normalised.mean(-1), torch.zeros(B, T).double())
    close(normalised.var(-1, correction=0), torch.ones(B, T).double(), 1e-5)  # but for eps


def test_a_constant_added_to_the_stream_is_gone_behind_layer_norm_and_not_behind_rms_norm() -> None:
    for kind in KINDS:
        weights, x = NormWeights.from_torch(torch_norm(kind)), normal(B, T, D_MODEL)
        moved = (normed(x + 1, weights).output - normed(x, weights).output).abs().max()
        assert (moved < 1e-12) == (kind == "layer")


@pytest.mark.parametrize("kind", KINDS)
def test_equal_numbers_do_not_divide_by_zero(kind: str) -> None:
    trace = normed(torch.zeros(B, T, D_MODEL).double(), NormWeights.from_torch(torch_norm(kind)))
    same_bits(trace.normalised, torch.zeros_like(trace.x))


@pytest.mark.parametrize("kind", KINDS)
def test_weights_come_from_torch_without_a_copy(kind: str) -> None:
    module = torch_norm(kind)
    assert NormWeights.from_torch(module).gain is module.weight


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "gain": ({"gain": torch.ones(2, 3)}, r"gain \(2, 3\) must have one number a coordinate: \(d_model,\)"),
    "bias": ({"bias": torch.ones(5)}, r"bias \(5,\) must be of the gain's shape \(3,\)"),
    "bias of rms": ({"kind": "rms"}, r"bias \(3,\) must be left out of an RMSNorm"),
    "eps": ({"eps": -1.0}, r"eps \(-1.0\) must be at least 0"),
    "eps NaN": ({"eps": math.nan}, r"eps \(nan\) must be at least 0"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_weights_that_do_not_fit_are_refused(name: str) -> None:
    options, message = REFUSALS[name]
    with pytest.raises(ValueError, match=message):
        NormWeights(**({"gain": torch.ones(3), "bias": torch.ones(3), "kind": "layer", "eps": 1e-5} | options))


def test_a_stream_of_another_width_and_a_norm_without_weights_are_refused() -> None:
    with pytest.raises(ValueError, match=r"x \(2, 5, 16\) must end in d_model = 17"):
        normed(normal(B, T, D_MODEL - 1), NormWeights.from_torch(torch_norm("layer")))
    for module in (nn.LayerNorm(3, elementwise_affine=False), nn.LayerNorm((3, 5))):
        with pytest.raises(ValueError, match="must be a norm over the last axis alone, with elementwise_affine"):
            NormWeights.from_torch(module)
