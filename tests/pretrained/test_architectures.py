"""Every architecture gives the numbers of transformers, layer by layer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from attnlab.engine import trace as layer_trace
from attnlab.pretrained import ARCHITECTURES, Model, open_model
from attnlab.pretrained.reference import differences, reference_of
from tests.engine.laws import close
from tests.export.running import assert_gives_the_same
from tests.pretrained.conftest import KINDS

TEXTS = ("The cats sat on the mat.", "a 😂 Кот!")
every_kind = pytest.mark.parametrize("kind", KINDS)

Folder = Callable[[str], Path]


def in_float64(reference: Any, patch: pytest.MonkeyPatch) -> Any:
    """The same with norms, rotary angles and a softmax that keep to float64: the reference rounds them to float32."""

    class Angles(nn.Module):
        def forward(self, x: torch.Tensor, position_ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            pairs = torch.arange(0, self.dim, 2, dtype=torch.float64)
            angles = position_ids[..., None] * self.base ** (-pairs / self.dim)
            both = torch.cat([angles, angles], -1)
            return both.cos(), both.sin()

    for layer in (*reference.layers, reference):
        for name in ("input_layernorm", "post_attention_layernorm", "norm"):
            if hasattr(layer, name):
                norm = getattr(layer, name)
                exact = nn.RMSNorm(len(norm.weight), norm.variance_epsilon, dtype=torch.float64)
                exact.weight = norm.weight
                setattr(layer, name, exact)
    angles, config = Angles(), reference.config
    angles.dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    angles.base = config.rope_parameters["rope_theta"]
    reference.rotary_emb = angles
    softmax = F.softmax
    patch.setattr(F, "softmax", lambda scores, dim, dtype: softmax(scores, dim))
    return reference


def bound(largest: float) -> float:
    """What float32 can be held to: 1e-5, or one step of the largest number."""
    return max(1e-5, largest * torch.finfo(torch.float32).eps)


def test_every_architecture_is_among_them(folder_of: Folder) -> None:
    assert {open_model(folder_of(kind)).kind for kind in KINDS} == set(ARCHITECTURES)


@every_kind
def test_attentions_and_hidden_states_are_those_of_the_reference(
    folder_of: Folder, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = open_model(folder_of(kind))
    found = differences(model, TEXTS)
    assert len(found) == 3
    for one in found:
        assert one.attention <= 1e-5
        assert one.hidden_state <= bound(one.largest)
    exact = reference_of(model, "float64")
    if model.architecture.rotary:
        exact = in_float64(exact, monkeypatch)
    for one in differences(model, TEXTS, "float64", exact):
        assert one.attention <= 1e-12
        assert one.hidden_state <= 1e-12 * max(1.0, one.largest)


def padded_by_the_reference(theirs: Any, traces: list[Any], side: str) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Each text's (L, H, T, T) and (L + 1, T, d_model) in one batch of the reference, padded to the longest."""
    padding, width = theirs.config.pad_token_id or 0, max(len(trace.tokens) for trace in traces)
    ids = torch.full((len(traces), width), padding)
    mask, places = torch.zeros_like(ids), []
    for row, trace in enumerate(traces):
        length = len(trace.tokens)
        places.append(slice(width - length, width) if side == "left" else slice(0, length))
        ids[row, places[row]] = torch.tensor([token.id for token in trace.tokens])
        mask[row, places[row]] = 1
    # As its own generation numbers them: behind padding a text begins at 0. Encoders count for themselves.
    numbered = {"position_ids": (mask.cumsum(-1) - 1).clamp(min=0)} if side == "left" else {}
    with torch.inference_mode():
        said = theirs(ids, attention_mask=mask, **numbered, output_attentions=True, output_hidden_states=True)
    weights, streams = torch.stack(said.attentions, 1), torch.stack(said.hidden_states, 1)
    return [(weights[row, ..., at, at], streams[row, :, at]) for row, at in enumerate(places)]


@every_kind
def test_texts_of_unequal_length_in_a_padded_batch_of_the_reference_have_our_numbers(
    folder_of: Folder, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = open_model(folder_of(kind))
    side = "right" if model.architecture.side == "encoder" else "left"
    for dtype, least in (("float32", 1e-5), ("float64", 1e-12)):
        theirs = reference_of(model, dtype)
        if dtype == "float64" and model.architecture.rotary:
            theirs = in_float64(theirs, monkeypatch)
        traces = [model.trace(text, dtype=dtype) for text in (*TEXTS, "a")]
        lengths = {len(trace.tokens) for trace in traces}
        assert len(lengths) == len(traces)
        for trace, (weights, streams) in zip(traces, padded_by_the_reference(theirs, traces, side), strict=True):
            assert float((trace.attentions - weights).abs().max()) <= least
            largest = float(streams.abs().max())
            steps = bound(largest) if dtype == "float32" else least * max(1.0, largest)
            assert float((trace.hidden_states - streams).abs().max()) <= steps


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "ForCausalLM" in KINDS[kind][0] or kind == "gpt2"])
def test_logits_are_those_of_the_reference(folder_of: Folder, kind: str) -> None:
    import transformers

    model = open_model(folder_of(kind))
    theirs = transformers.AutoModelForCausalLM.from_pretrained(model.folder, attn_implementation="eager").eval()
    trace = model.trace(TEXTS[0])
    with torch.inference_mode():
        wanted = theirs(torch.tensor([[token.id for token in trace.tokens]])).logits[0]
    assert trace.logits is not None
    assert trace.logits.shape == wanted.shape
    assert float((trace.logits - wanted).abs().max()) <= bound(float(wanted.abs().max()))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "Model" in KINDS[kind][0] and kind != "gpt2"])
def test_a_model_without_a_head_has_no_logits_unless_its_head_is_the_embedding(folder_of: Folder, kind: str) -> None:
    logits = open_model(folder_of(kind)).trace(TEXTS[0]).logits
    assert (logits is not None) == (
        kind in {"gpt2 without a head", "qwen2", "llama", "llama, tied, wide heads, biases"}
    )


@every_kind
def test_the_engine_computes_each_layer_again(folder_of: Folder, kind: str) -> None:
    model = open_model(folder_of(kind))
    trace = model.trace(TEXTS[0], dtype="float64")
    for number, block in enumerate(trace.blocks):
        layer = layer_trace(trace.spec, trace.layer(number))
        attention = block.parts[0].attention
        assert attention is not None
        close(layer.weights, trace.attentions[number])
        close(layer.layer.output, attention.output)
        entering = layer.entering
        assert entering is not None
        assert (entering.norm is not None) == (model.architecture.side == "decoder")
        if entering.norm is not None:
            norm = entering.norm
            close((entering.stream - norm.mean) / norm.deviation * norm.gain + norm.bias, entering.x)


@pytest.mark.parametrize("kind", ["bert", "gpt2", "llama", "qwen2"])
def test_the_exported_script_of_a_layer_prints_the_same_numbers(folder_of: Folder, kind: str) -> None:
    trace = open_model(folder_of(kind)).trace(TEXTS[0])
    assert_gives_the_same(layer_trace(trace.spec, trace.layer(1)))


def test_a_decoder_sees_what_came_before_and_an_encoder_all(folder_of: Folder) -> None:
    seen = {kind: open_model(folder_of(kind)).trace(TEXTS[0]).attentions for kind in ("bert", "gpt2", "llama")}
    assert (seen["bert"] > 0).all()
    for kind in ("gpt2", "llama"):
        assert (seen[kind].triu(1) == 0).all()


def test_padding_that_is_typed_has_no_position_in_a_roberta(folder_of: Folder) -> None:
    model = open_model(folder_of("roberta"))
    text = "a<pad>b"
    assert 1 in [token.id for token in model.trace(text).tokens]
    assert all(one.hidden_state <= bound(one.largest) for one in differences(model, [text]))


def test_files_with_half_precision_are_read_as_float32(own_bert: Path) -> None:
    from safetensors.torch import load_file, save_file

    exact = open_model(own_bert).trace(TEXTS[0]).attentions
    for dtype in (torch.float16, torch.bfloat16):
        path = own_bert / "model.safetensors"
        save_file({name: tensor.to(dtype) for name, tensor in load_file(path).items()}, path)
        trace = open_model(own_bert).trace(TEXTS[0])
        assert trace.attentions.dtype == torch.float32
        assert 0 < float((trace.attentions - exact).abs().max()) < 0.05


def test_the_oldest_names_of_a_norm_are_read(own_bert: Path) -> None:
    from safetensors.torch import load_file, save_file

    wanted = open_model(own_bert).trace(TEXTS[0]).hidden_states
    path = own_bert / "model.safetensors"

    def aged(name: str) -> str:
        return name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")

    save_file({aged(name): tensor for name, tensor in load_file(path).items()}, path)
    assert torch.equal(open_model(own_bert).trace(TEXTS[0]).hidden_states, wanted)


def test_a_trace_of_a_layer_that_is_not_there_is_refused(folder_of: Folder) -> None:
    trace = open_model(folder_of("bert")).trace(TEXTS[0])
    for number in (-1, 3):
        with pytest.raises(ValueError, match=rf"^layer \({number}\) must be between 0 and 2"):
            trace.layer(number)


def test_a_model_can_be_shared_by_threads(folder_of: Folder) -> None:
    from concurrent.futures import ThreadPoolExecutor

    model: Model = open_model(folder_of("bert"))
    wanted = model.trace(TEXTS[0]).attentions
    with ThreadPoolExecutor(4) as pool:
        for trace in pool.map(model.trace, [TEXTS[0]] * 16):
            assert torch.equal(trace.attentions, wanted)
