"""A layer of a model in the explorer's trace: the numbers are the model's, bit for bit, and they recombine."""

from typing import Any

import pytest
import torch
from torch import Tensor

from attnlab.engine import AttentionSpec, LayerTrace, SpecError, trace
from attnlab.models import ModelConfig, SequenceModel
from attnlab.models.analysis.layer_inputs import BLANK, layer_inputs

IDS = (3, 1, 4, 1, 6)
TOKENS = tuple("dbebg")
VARIANTS: dict[str, dict[str, Any]] = {
    "sinusoidal": {},
    "learned": {"positions": "learned"},
    "rope": {"positions": "rope"},
    "alibi": {"positions": "alibi"},
    "no positions, both ways": {"positions": "none", "causal": False},
    "shared keys": {"num_kv_heads": 1},
    "rms": {"norm": "rms"},
    "norm last": {"norm_first": False},
    "no residual": {"residual": False},
    "no residual, norm last": {"residual": False, "norm_first": False},
    "not scaled": {"scaling": False},
    "attention alone": {"ff_multiple": None},
    "trailing blanks": {"trailing_blanks": True},
    "dropout": {"dropout": 0.5},
}
every_variant = pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS)


def built(**changes: Any) -> SequenceModel:
    fields: dict[str, Any] = {"family": "transformer", "vocab_size": 7, "num_outputs": 7, "d_model": 12}
    model = SequenceModel(ModelConfig(**fields | {"num_heads": 3, "num_layers": 3} | changes))
    with torch.no_grad():  # as after training: no bias is 0 and no gain is 1
        noise = torch.Generator().manual_seed(5)
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape, generator=noise) * 0.3)
    return model.eval()


def spec_of(model: SequenceModel, **changes: Any) -> AttentionSpec:
    config = model.config
    fields: dict[str, Any] = {"num_heads": config.num_heads, "num_kv_heads": config.num_kv_heads}
    fields |= {
        "score": "scaled_dot" if config.scaling else "dot",
        "d_model": config.d_model,
        "positions": config.positions,
        "mask": "causal" if config.causal else "none",
    }
    tokens = TOKENS + (BLANK,) * len(TOKENS) * config.trailing_blanks
    return AttentionSpec(tokens=tokens, source="trained", **fields | changes)


def explored(model: SequenceModel, layer: int, **changes: Any) -> LayerTrace:
    return trace(spec_of(model, **changes), layer_inputs(model, IDS, TOKENS, layer))


def equal(got: Tensor, wanted: Tensor) -> bool:
    return got.shape == wanted.shape and torch.equal(got, wanted.detach())


@every_variant
def test_every_stage_of_every_layer_is_the_models_bit_for_bit(changes: dict[str, Any]) -> None:
    model = built(**changes)
    with torch.no_grad():
        wanted = model.trace(torch.tensor([IDS])).attention
    for layer, own in enumerate(wanted):
        assert own is not None
        shown = explored(model, layer).layer
        assert equal(shown.heads.weights, own.heads.weights)
        assert equal(shown.heads.masked_scores, own.heads.masked_scores)
        for name in ("x", "concat", "output"):
            assert equal(getattr(shown, name), getattr(own, name)), name
        for name in ("query", "key", "value"):
            assert equal(getattr(shown.heads, name), getattr(own.heads, name)), name


@every_variant
def test_x_recombines_from_the_stream_and_the_norm(changes: dict[str, Any]) -> None:
    model = built(**changes)
    for layer in range(model.config.num_layers):
        entering = layer_inputs(model, IDS, TOKENS, layer).entering
        assert entering is not None
        if entering.norm is None:
            assert not model.config.norm_first
            assert equal(entering.x, entering.stream)
            continue
        norm = entering.norm
        x = (entering.stream - norm.mean) / norm.deviation * norm.gain + norm.bias
        torch.testing.assert_close(x, entering.x, rtol=1e-5, atol=1e-5)


@every_variant
def test_the_first_stream_is_the_two_embeddings_added(changes: dict[str, Any]) -> None:
    inputs = layer_inputs(built(**changes), IDS, TOKENS, 0)
    assert inputs.entering is not None
    assert equal(inputs.entering.stream, inputs.token_embedding + inputs.position_embedding)


def test_the_layer_recombines_with_its_biases() -> None:
    shown = explored(built(), 1).layer
    stream = shown.x @ shown.projections.qkv_proj + shown.projections.qkv_bias
    query = stream[0, :, :4]
    torch.testing.assert_close(query, shown.heads.query[0, 0])
    torch.testing.assert_close(
        shown.concat @ shown.projections.output_proj + shown.projections.output_bias, shown.output
    )


def test_temperature_and_scaling_act_on_the_layer_shown_and_not_before_it() -> None:
    model = built()
    plain = explored(model, 2)
    changed = explored(model, 2, temperature=0.5, score="dot")
    assert equal(changed.layer.x, plain.layer.x)
    assert not torch.equal(changed.weights, plain.weights)
    scores = plain.layer.heads.scores[0].masked_fill(~plain.layer.heads.mask, -torch.inf)
    torch.testing.assert_close(changed.weights, torch.softmax(scores / 0.5, -1))


def test_looking_leaves_a_model_as_it_was() -> None:
    model = built(dropout=0.5).train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    first, second = (layer_inputs(model, IDS, TOKENS, 2) for _ in range(2))
    assert first.entering is not None
    assert second.entering is not None
    assert equal(first.entering.x, second.entering.x)
    assert model.training
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_blanks_are_named_and_follow_the_words() -> None:
    inputs = layer_inputs(built(trailing_blanks=True), IDS, TOKENS, 0)
    assert inputs.tokens == (*TOKENS, *[BLANK] * 5)


@pytest.mark.parametrize("layer", [-1, 3])
def test_a_layer_that_is_not_there_is_refused(layer: int) -> None:
    with pytest.raises(ValueError, match=rf"layer \({layer}\) must be one of the 3"):
        layer_inputs(built(), IDS, TOKENS, layer)


@pytest.mark.parametrize("family", ["gru", "lstm_attention"])
def test_another_family_is_refused(family: str) -> None:
    with pytest.raises(ValueError, match=f"got {family}"):
        layer_inputs(built(family=family), IDS, TOKENS, 0)


def test_the_engine_refuses_a_trained_spec_without_a_layer() -> None:
    with pytest.raises(SpecError, match="source") as refused:
        trace(spec_of(built()))
    assert refused.value.field == "source"


@pytest.mark.parametrize("changes", [{"num_heads": 2}, {"tokens": ("a",)}, {"mask": "padding", "padding": 1}], ids=str)
def test_the_engine_refuses_a_layer_of_other_sizes_than_the_spec(changes: dict[str, Any]) -> None:
    model = built()
    fields = {name: value for name, value in changes.items() if name != "tokens"}
    spec = spec_of(model, **fields)
    if "tokens" in changes:
        spec = AttentionSpec(tokens=changes["tokens"], source="trained", num_heads=3, d_model=12)
    with pytest.raises(ValueError, match="inputs"):
        trace(spec, layer_inputs(model, IDS, TOKENS, 0))
