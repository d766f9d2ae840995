"""What travels to the stage: decoded here, every number must be the engine's, bit for bit."""

import dataclasses
from typing import Any, get_args

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from attnlab.engine import AttentionSpec, Edit, LayerTrace, trace
from attnlab.engine.spec import PositionsName
from attnlab.pictures.stage import THUMBNAIL_PIXELS, stage_arrays, stage_payload
from attnlab.prose import page_prose
from tests.pictures.payloads import Payload, decoded

WORDS = page_prose("attention")["stage"]
SELECTION = {"head": 0, "query": 4, "key": 2, "stage": "softmax", "view": "matrix", "s": ""}

# Every axis has another size, and an odd head_dim leaves RoPE one coordinate without a partner.
TOKENS = ("one", "two", "two", ",", "three", "four", "five")
ODD = AttentionSpec(
    tokens=TOKENS, source="random", num_heads=6, num_kv_heads=3, d_model=11, head_dim=5, value_dim=2, mask="causal"
)
VARIANTS: dict[str, AttentionSpec] = {
    "plain": dataclasses.replace(ODD, positions="none", mask="none"),
    "sinusoidal": dataclasses.replace(ODD, positions="sinusoidal"),
    "learned": dataclasses.replace(ODD, positions="learned"),
    "rope": dataclasses.replace(ODD, positions="rope"),
    "alibi": dataclasses.replace(ODD, positions="alibi"),
    "dropout": dataclasses.replace(ODD, dropout=0.4),
    "temperature": dataclasses.replace(ODD, temperature=0.3, score="dot"),
    "multi-query": dataclasses.replace(ODD, num_kv_heads=1),
    "designed": dataclasses.replace(ODD, source="designed"),
    "blind rows": dataclasses.replace(ODD, mask="padding", padding=2, pad_left=True, second_mask="causal"),
    "one token": dataclasses.replace(ODD, tokens=("alone",)),
    "float64": dataclasses.replace(ODD, dtype="float64"),
    "bfloat16": dataclasses.replace(ODD, dtype="bfloat16"),
}
every_variant = pytest.mark.parametrize("spec", VARIANTS.values(), ids=VARIANTS)


def sent(computed: LayerTrace, **changes: Any) -> Payload:
    params, before = changes.pop("params", {}), changes.pop("before", None)
    return decoded(stage_payload(computed, SELECTION | changes, params, WORDS, before))


def float32(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.float().contiguous().numpy()


def engine_arrays(computed: LayerTrace, head: int) -> dict[str, Tensor]:
    """The matrices of one head, picked from the trace by index."""
    spec, layer, heads = computed.spec, computed.layer, computed.layer.heads
    H, G, D, Dv = spec.num_heads, spec.kv_heads, spec.key_width, spec.value_width
    group = head * G // H
    arrays = {
        "token_embedding": computed.token_embedding,
        "x": layer.x[0],
        "w_query": layer.projections.qkv_proj[:, head * D :][:, :D],
        "w_key": layer.projections.qkv_proj[:, (H + group) * D :][:, :D],
        "w_value": layer.projections.qkv_proj[:, (H + G) * D + group * Dv :][:, :Dv],
        "query": heads.query[0, head],
        "key": heads.key[0, group],
        "value": heads.value[0, group],
        "scores": heads.scores[0, head],
        "scaled_scores": heads.scaled_scores[0, head],
        "masked_scores": heads.masked_scores[0, head],
        "weights": heads.weights[0, head],
        "head_output": heads.output[0, head],
        "concat": layer.concat[0],
        "w_output": layer.projections.output_proj,
        "output": layer.output[0],
    }
    if spec.positions in {"sinusoidal", "learned"}:
        arrays["position_embedding"] = computed.position_embedding
    if spec.positions == "rope":
        arrays |= {"projected_query": layer.projected_query[0, head], "projected_key": layer.projected_key[0, group]}
    if spec.positions == "alibi":
        arrays["bias"] = heads.bias[head]
    if spec.dropout:
        arrays["dropped_weights"] = heads.dropped_weights[0, head]
    return arrays


@every_variant
def test_every_array_is_the_engines_tensor_bit_for_bit(spec: AttentionSpec) -> None:
    computed = trace(spec)
    for head in range(spec.num_heads):
        got = sent(computed, head=head)
        wanted = engine_arrays(computed, head)
        assert got.header["head"] == head
        assert set(got.arrays) == {*wanted, "thumbnails"}
        for name, tensor in wanted.items():
            assert got.arrays[name].shape == tensor.shape, name
            assert got.arrays[name].tobytes() == float32(tensor).tobytes(), name


@every_variant
def test_the_arrays_of_a_head_belong_together(spec: AttentionSpec) -> None:
    computed = trace(dataclasses.replace(spec, dtype="float32"))
    width = spec.value_width
    for head in range(spec.num_heads):
        arrays = sent(computed, head=head).arrays
        query, key = (arrays.get(f"projected_{name}", arrays[name]) for name in ("query", "key"))
        np.testing.assert_allclose(arrays["x"] @ arrays["w_query"], query, atol=1e-5)
        np.testing.assert_allclose(arrays["x"] @ arrays["w_key"], key, atol=1e-5)
        np.testing.assert_allclose(arrays["x"] @ arrays["w_value"], arrays["value"], atol=1e-5)
        np.testing.assert_allclose(arrays["query"] @ arrays["key"].T, arrays["scores"], atol=1e-5)
        mixed = arrays.get("dropped_weights", arrays["weights"]) @ arrays["value"]
        np.testing.assert_allclose(mixed, arrays["head_output"], atol=1e-5)
        np.testing.assert_array_equal(arrays["concat"][:, head * width : (head + 1) * width], arrays["head_output"])
        np.testing.assert_allclose(arrays["concat"] @ arrays["w_output"], arrays["output"], atol=1e-5)


def test_query_heads_of_one_group_share_keys_and_values() -> None:
    first, second, third = (sent(trace(ODD), head=head).arrays for head in (0, 1, 2))
    for name in ("key", "value", "w_key", "w_value"):
        np.testing.assert_array_equal(first[name], second[name])
        assert not np.array_equal(second[name], third[name])
    assert not np.array_equal(first["query"], second["query"])


def test_rope_sends_the_angles_that_turn_the_projections() -> None:
    computed = trace(VARIANTS["rope"])
    got = sent(computed, head=3)
    assert got.header["angles"] == computed.angles.tolist()
    before, after = got.arrays["projected_query"], got.arrays["query"]
    cosine, sine = (part(np.array(got.header["angles"])) for part in (np.cos, np.sin))
    np.testing.assert_allclose(before[:, 0:4:2] * cosine - before[:, 1:4:2] * sine, after[:, 0:4:2], atol=1e-5)
    np.testing.assert_allclose(before[:, 0:4:2] * sine + before[:, 1:4:2] * cosine, after[:, 1:4:2], atol=1e-5)
    np.testing.assert_array_equal(before[:, 4], after[:, 4])


@every_variant
def test_short_sentences_have_every_weight_of_every_head_as_a_thumbnail(spec: AttentionSpec) -> None:
    computed = trace(spec)
    H, T = spec.num_heads, spec.seq_len
    thumbnails = sent(computed).arrays["thumbnails"].reshape(H, T, T)
    assert thumbnails.tobytes() == float32(computed.layer.heads.weights[0]).tobytes()


@pytest.mark.parametrize("length", [THUMBNAIL_PIXELS, THUMBNAIL_PIXELS + 1, 89, 128])
def test_each_pixel_of_a_thumbnail_is_the_largest_weight_of_its_square(length: int) -> None:
    spec = dataclasses.replace(ODD, tokens=tuple(f"t{number}" for number in range(length)), mask="none")
    weights = trace(spec).layer.heads.weights[0].numpy()
    pixels = min(length, THUMBNAIL_PIXELS)
    thumbnails = sent(trace(spec)).arrays["thumbnails"].reshape(spec.num_heads, pixels, pixels)
    starts = [pixel * length // pixels for pixel in range(pixels)]
    ends = [-(-(pixel + 1) * length // pixels) for pixel in range(pixels)]
    for i, (top, bottom) in enumerate(zip(starts, ends, strict=True)):
        for j, (left, right) in enumerate(zip(starts, ends, strict=True)):
            squares = weights[:, top:bottom, left:right].max((1, 2))
            np.testing.assert_array_equal(thumbnails[:, i, j], squares)


def test_plain_attention_is_described_by_the_page_s_own_prose() -> None:
    assert sent(trace(ODD)).header["text"] == WORDS | {"settings": []}


@pytest.mark.parametrize(
    ("fields", "stage"),
    [
        ({"score": "gaussian"}, "scores"),
        ({"score": "dot"}, "scale"),
        ({"softcap": 2.0}, "scale"),
        ({"qk_norm": True}, "qkv"),
        ({"normalizer": "sparsemax"}, "softmax"),
        ({"sink": 1.0}, "softmax"),
        ({"edits": (Edit("importance", 0, 0, 1, 2.0),)}, "mask"),
    ],
)
def test_a_variant_gives_its_stage_a_formula_and_a_line_of_its_own(fields: dict[str, Any], stage: str) -> None:
    stages = sent(trace(dataclasses.replace(ODD, **fields))).header["text"]["stages"]
    for part in ("line", "mathml"):
        assert stages[stage][part] != WORDS["stages"][stage][part]
    assert stages["values"] == WORDS["stages"]["values"]


# Where each kind of positions enters beside x, and a word of what it does there.
ENTERS = {
    "none": (None, "nothing says where"),
    "rope": ("qkv", "turned"),
    "alibi": ("mask", "costs"),
    "t5": ("mask", "adds a number"),
    "shaw": ("mask", "adds a vector"),
}


@pytest.mark.parametrize("kind", get_args(PositionsName))
def test_each_kind_of_positions_says_what_it_does_and_where(kind: PositionsName) -> None:
    payload = sent(trace(dataclasses.replace(ODD, positions=kind, mask="none")))
    stages = payload.header["text"]["stages"]
    written = WORDS["stages"]["x"]["line"]
    assert (stages["x"]["line"] == written) == ("position_embedding" in payload.arrays)
    assert (stages["x"]["name"] == "x = E + P") == ("position_embedding" in payload.arrays)
    place, word = ENTERS.get(kind, (None, "is written into its numbers"))
    assert word in stages[place or "x"]["line"]
    for stage in {"qkv", "mask"} - {place}:
        assert stages[stage] == WORDS["stages"][stage]


@pytest.mark.parametrize("kind", get_args(PositionsName))
@pytest.mark.parametrize(
    ("fields", "stage"), [({"qk_norm": True}, "qkv"), ({"edits": (Edit("importance", 0, 0, 1, 2.0),)}, "mask")]
)
def test_what_else_happens_at_a_stage_is_said_beside_positions(
    kind: PositionsName, fields: dict[str, Any], stage: str
) -> None:
    both = sent(trace(dataclasses.replace(ODD, positions=kind, **fields))).header["text"]["stages"][stage]
    alone = sent(trace(dataclasses.replace(ODD, positions=kind))).header["text"]["stages"][stage]
    other = sent(trace(dataclasses.replace(ODD, positions="none", **fields))).header["text"]["stages"][stage]
    assert both["line"] != alone["line"]
    assert (both["line"] != other["line"]) == (ENTERS.get(kind, (None, ""))[0] == stage)


def test_what_an_edit_changed_is_sent_as_it_was_too_and_nothing_else_is() -> None:
    edited = dataclasses.replace(ODD, edits=(Edit("scores", 0, 3, 1, 9.0), Edit("scores", 0, 120, 1, 9.0)))
    before, payload = trace(ODD), sent(trace(edited), before=trace(ODD))
    names = {name.removeprefix("before:") for name in payload.arrays if name.startswith("before:")}
    assert names == {
        "scores",
        "scaled_scores",
        "masked_scores",
        "weights",
        "head_output",
        "concat",
        "output",
        "thumbnails",
    }
    for name in ("weights", "output"):
        wanted = stage_arrays(before, 0)[name]
        assert payload.arrays[f"before:{name}"].tobytes() == wanted.float().contiguous().numpy().tobytes()
    assert [(edit["row"], edit["applied"]) for edit in payload.header["edits"]] == [(3, True), (120, False)]


def test_the_header_says_what_the_engine_was_asked() -> None:
    computed = trace(VARIANTS["temperature"])
    header = sent(computed, head=2, query=None, params={"heads": 6}).header
    assert header["tokens"] == list(TOKENS)
    assert header["selection"] == SELECTION | {"head": 2, "query": None}
    assert header["params"] == {"heads": 6}
    assert [header[name] for name in ("head_dim", "value_dim", "scaling", "temperature")] == [5, 2, False, 0.3]
    assert len(header["heads"]) == 6
    for head, said in enumerate(header["heads"]):
        assert said["label"] == computed.labels[head]
        assert said["entropy_bits"] == computed.measures.entropy_bits[head]


def test_padding_tokens_are_named_in_the_header() -> None:
    assert sent(trace(VARIANTS["blind rows"])).header["tokens"][:3] == ["<pad>", "<pad>", "one"]


@every_variant
def test_the_header_is_strict_json(spec: AttentionSpec) -> None:
    sent(trace(spec))  # `decoded` refuses NaN and Infinity


def test_a_header_that_json_cannot_hold_is_refused_here_not_in_the_browser() -> None:
    with pytest.raises(ValueError, match="JSON"):
        sent(trace(ODD), params={"temperature": float("nan")})


# --- size -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extra", [{}, {"positions": "rope"}, {"positions": "alibi"}, {"dropout": 0.5}], ids=str)
def test_a_usual_payload_has_at_most_100_kb_and_a_long_one_1_mb(extra: dict[str, Any]) -> None:
    twelve = [f"word{number}" for number in range(12)]
    usual = trace(AttentionSpec(tokens=tuple(twelve), mask="causal", **extra))
    longest = trace(AttentionSpec(tokens=tuple(f"word{number}" for number in range(128)), mask="causal", **extra))
    assert len(stage_payload(usual, SELECTION, {}, WORDS)) <= 100_000
    assert len(stage_payload(longest, SELECTION, {}, WORDS)) <= 1_000_000


# --- revision ---------------------------------------------------------------------------------------------------------


def test_the_revision_is_the_same_for_the_same_numbers_computed_again() -> None:
    assert sent(trace(ODD)).revision == sent(trace(ODD)).revision


@pytest.mark.parametrize("number", ["temperature", "seed", "dropout", "score", "mask", "positions", "tokens"])
def test_the_revision_changes_with_what_is_computed(number: str) -> None:
    other: dict[str, Any] = {
        "temperature": 1.0001,
        "seed": 1,
        "dropout": 0.1,
        "score": "dot",
        "mask": "none",
        "positions": "none",
        "tokens": (*TOKENS[:-1], "six"),
    }
    changed = dataclasses.replace(ODD, **{number: other[number]})
    assert sent(trace(ODD)).revision != sent(trace(changed)).revision


@pytest.mark.parametrize("name", ["x", "concat", "output"])
def test_the_revision_changes_with_the_last_bit_of_any_number(name: str) -> None:
    computed = trace(ODD)
    tensor = getattr(computed.layer, name).clone()
    tensor[0, 3, 4] = torch.nextafter(tensor[0, 3, 4], tensor.new_tensor(9e9))
    nudged = dataclasses.replace(computed, layer=dataclasses.replace(computed.layer, **{name: tensor}))
    assert sent(computed).revision != sent(nudged).revision


@pytest.mark.parametrize(
    "change",
    [{"head": 1}, {"query": 3}, {"query": None}, {"key": 6}, {"stage": "mask"}, {"view": "lines"}],
    ids=str,
)
def test_the_revision_changes_with_the_selection(change: dict[str, Any]) -> None:
    assert sent(trace(ODD)).revision != sent(trace(ODD), **change).revision


def test_the_revision_changes_with_the_params_of_the_page() -> None:
    assert sent(trace(ODD)).revision != sent(trace(ODD), params={"window": 4}).revision


def test_the_revision_does_not_depend_on_how_long_the_engine_took() -> None:
    computed = trace(ODD)
    slow = dataclasses.replace(computed, elapsed_ms=computed.elapsed_ms + 1000)
    assert sent(computed).revision == sent(slow).revision
