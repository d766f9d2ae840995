"""What the diagram of a stack is sent: every part of it, and the numbers of the one that is open."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from attnlab.engine.stack import StackTrace, written_share
from attnlab.looks.stacks import asked_stack
from attnlab.pictures.stacks.blocks import THUMBNAIL_PIXELS, TOP, blocks_payload, blocks_selection
from attnlab.pictures.stacks.places import part_of, places_of
from attnlab.prose import counted, page_prose
from attnlab.settings.lab.blocks import Blocks
from tests.pictures.payloads import Payload, decoded

DEFAULTS = Blocks().values()

WORDS = page_prose("blocks")["picture"]
STACKS: dict[str, dict[str, Any]] = {
    "as it opens": {},
    "norm last": {"stack_placement": "post"},
    "no norm, a gate, dropout, slopes": {
        "stack_placement": "none",
        "stack_activation": "swiglu",
        "stack_dropout": 0.3,
        "stack_positions": "alibi",
    },
    "decoder alone, turned, grouped": {
        "stack_architecture": "decoder",
        "stack_norm": "rms",
        "stack_positions": "rope",
        "stack_kv_heads": "2",
    },
    "encoder alone, bare": {
        "stack_architecture": "encoder",
        "stack_feed_forward": False,
        "stack_residual": False,
        "stack_positions": "none",
    },
    "deepest": {"stack_depth": 6, "stack_activation": "gelu"},
}
every_stack = pytest.mark.parametrize("settings", STACKS.values(), ids=STACKS)


def trace_of(settings: dict[str, Any]) -> StackTrace:
    return asked_stack(Blocks.of(settings)).trace()


def sent(settings: dict[str, Any], **looked_at: Any) -> Payload:
    values = Blocks.of(settings | looked_at)
    trace = asked_stack(values).trace()
    return decoded(blocks_payload(trace, blocks_selection(values, trace), values.changed()))


def opened(settings: dict[str, Any], path: str, **looked_at: Any) -> dict[str, Any]:
    """The arrays of an open part, by name."""
    arrays = sent(settings, stack_open=path, **looked_at).arrays
    return {name.removeprefix("open:"): array for name, array in arrays.items() if name.startswith("open:")}


def close(array: Any, tensor: Tensor) -> bool:
    return bool(np.allclose(array, tensor.double().numpy(), atol=2e-5, equal_nan=True))


# --- the diagram ------------------------------------------------------------------------------------------------------


def test_the_parts_stand_in_the_order_of_the_computation() -> None:
    block = ["self_attention", "cross_attention", "feed_forward"]
    pieces = [f"{name}{role}" for name in block for role in (".norm", "", ".add")]
    decoder = ["embedding", *(f"{number}.{piece}" for number in (1, 2) for piece in pieces), "final_norm", "logits"]
    assert [path for path in places_of(trace_of({})) if path.startswith("decoder")] == [
        f"decoder.{one}" for one in decoder
    ]
    last = places_of(trace_of({"stack_placement": "post", "stack_depth": 1, "stack_architecture": "encoder"}))
    body = ["1.self_attention", "1.self_attention.add", "1.self_attention.norm"]
    body += ["1.feed_forward", "1.feed_forward.add", "1.feed_forward.norm"]
    assert list(last) == [f"encoder.{one}" for one in ("embedding", *body, "logits")]


@every_stack
def test_the_diagram_has_every_part_once_and_says_what_each_is(settings: dict[str, Any]) -> None:
    header = sent(settings).header
    rows = [row for side in header["sides"] for group in side["groups"] for row in group["rows"]]
    pieces = [piece for row in rows for piece in row["pieces"]]
    assert [piece["path"] for piece in pieces] == list(places_of(trace_of(settings)))
    assert all(piece["name"] and piece["shape"] and piece["line"] and piece["spoken"] for piece in pieces)
    assert header["opened"] is None


def test_shapes_are_those_of_the_live_tensors() -> None:
    pieces = {
        piece["path"]: piece["shape"]
        for side in sent({"stack_text": "a b c d e", "stack_target": "f g h"}).header["sides"]
        for group in side["groups"]
        for row in group["rows"]
        for piece in row["pieces"]
    }
    assert pieces["encoder.1.self_attention"] == "4×5×5"
    assert pieces["decoder.1.cross_attention"] == "4×3×5"
    assert pieces["decoder.2.feed_forward"] == "3×32 → 3×64"
    assert pieces["decoder.logits"] == "3×8"


@every_stack
def test_what_each_part_wrote_is_told_for_every_token(settings: dict[str, Any]) -> None:
    trace, payload = trace_of(settings), sent(settings)
    for side in trace.inputs.sides:
        parts = [part for block in trace.blocks(side) for part in block.parts]
        sizes = payload.arrays[f"sizes:{side}"].reshape(len(parts), 4, -1)
        for row, part in zip(sizes, parts, strict=True):
            wrote = written_share(part)
            for line, wanted in zip(row, (wrote.x, wrote.written, wrote.output, wrote.cosine), strict=True):
                assert close(line, wanted)


def test_a_long_text_is_pooled_in_thumbnails_and_keeps_its_strongest_weight() -> None:
    settings = {"stack_text": "word " * 30, "stack_architecture": "encoder", "stack_depth": 1}
    thumbnail = sent(settings).arrays["heads:encoder.1.self_attention"]
    weights = trace_of(settings).encoder[0].part("self_attention").attention
    assert weights is not None
    assert thumbnail.shape == (4 * THUMBNAIL_PIXELS, THUMBNAIL_PIXELS)
    strongest = weights.heads.weights[0].amax((1, 2))
    assert close(thumbnail.reshape(4, -1).max(1), strongest)


def test_the_probable_tokens_are_those_of_the_last_side() -> None:
    trace, top = trace_of({}), sent({}).header["top"]
    shares = torch.softmax(trace.logits[0], -1)
    assert len(top) == len(trace.inputs.target_tokens)
    for row, answers in zip(shares, top, strict=True):
        assert len(answers) == TOP
        assert answers[0] == [trace.inputs.vocabulary[int(row.argmax())], pytest.approx(float(row.max()))]


def test_a_usual_stack_is_small_and_the_largest_below_a_megabyte() -> None:
    def size(settings: dict[str, Any], path: str) -> int:
        values = Blocks.of(settings | {"stack_open": path})
        trace = asked_stack(values).trace()
        return len(blocks_payload(trace, blocks_selection(values, trace), values.changed()))

    words = " ".join(map(str, range(32)))
    large = {"stack_text": words, "stack_target": words, "stack_d_model": 128, "stack_ff_width": 512}
    large |= {"stack_depth": 6, "stack_heads": 16, "stack_activation": "swiglu"}
    assert size({}, "decoder.2.cross_attention") <= 60_000
    assert size(large, "decoder.6.feed_forward") <= 1_500_000


# --- the open part ----------------------------------------------------------------------------------------------------


@every_stack
def test_every_part_opens_with_words_for_all_it_shows(settings: dict[str, Any]) -> None:
    for path in places_of(trace_of(settings)):
        payload = sent(settings, stack_open=path)
        told = payload.header["opened"]
        assert told["path"] == path == payload.header["selection"]["open"]
        assert told["mathml"].startswith("<math")
        assert told["result"] in {matrix["name"] for matrix in told["matrices"]}
        for matrix in told["matrices"]:
            array = payload.arrays[f"open:{matrix['name']}"]
            assert matrix["symbol"]
            assert matrix["line"]
            for axis, count in zip((matrix["rows"], matrix["cols"]), array.shape, strict=True):
                assert not axis or len(told["tokens"][axis]) == count, (path, matrix["name"])


def test_attention_shows_the_numbers_that_make_its_output() -> None:
    shown = opened({}, "decoder.2.cross_attention", stack_head=3)
    assert np.allclose(shown["query"], shown["entering"] @ shown["w_query"], atol=1e-5)
    assert np.allclose(shown["key"], shown["memory"] @ shown["w_key"], atol=1e-5)
    assert np.allclose(shown["scores"], shown["query"] @ shown["key"].T / np.sqrt(8), atol=1e-5)
    assert np.allclose(shown["weights"], torch.softmax(torch.tensor(shown["scores"]), -1), atol=1e-6)
    assert np.allclose(shown["head_output"], shown["weights"] @ shown["memory"] @ shown["w_value"], atol=1e-5)
    assert np.allclose(shown["concat"][:, 16:24], shown["head_output"], atol=1e-6)
    assert np.allclose(shown["undropped"], shown["concat"] @ shown["w_output"], atol=1e-5)


def test_heads_that_share_keys_show_the_keys_of_their_group() -> None:
    settings = {"stack_architecture": "decoder", "stack_kv_heads": "2"}
    heads = [opened(settings, "decoder.1.self_attention", stack_head=number) for number in (1, 2, 3)]
    assert np.array_equal(heads[0]["key"], heads[1]["key"])
    assert not np.array_equal(heads[1]["key"], heads[2]["key"])
    assert not np.array_equal(heads[0]["query"], heads[1]["query"])


def test_slopes_are_shown_as_what_is_added_to_the_scores() -> None:
    shown = opened({"stack_positions": "alibi"}, "encoder.1.self_attention")
    assert np.allclose(shown["scores"], shown["query"] @ shown["key"].T / np.sqrt(8) + shown["bias"], atol=1e-5)
    assert "bias" not in opened({"stack_positions": "alibi"}, "decoder.1.cross_attention")


@pytest.mark.parametrize("kind", ["layer", "rms"])
def test_a_norm_shows_the_numbers_that_make_its_output(kind: str) -> None:
    shown = opened({"stack_norm": kind}, "encoder.2.feed_forward.norm")
    mean = shown["mean"] if kind == "layer" else 0
    assert ("mean" in shown, "bias" in shown) == (kind == "layer", kind == "layer")
    assert np.allclose(shown["normalised"], (shown["x"] - mean) / shown["deviation"], atol=1e-5)
    assert np.allclose(shown["output"], shown["normalised"] * shown["gain"] + shown.get("bias", 0), atol=1e-5)


def test_a_feed_forward_part_shows_its_units_and_counts_those_that_are_off() -> None:
    payload = sent({}, stack_open="encoder.1.feed_forward")
    shown = {name.removeprefix("open:"): array for name, array in payload.arrays.items()}
    assert np.allclose(shown["pre_activation"], shown["entering"] @ shown["w_up"], atol=1e-5)
    assert np.array_equal(shown["activation"], np.maximum(0, shown["pre_activation"]))
    off = (shown["activation"] == 0).all(0)
    assert np.array_equal(shown["dead"][0] == 1, off)
    assert payload.header["opened"]["note"] == counted(WORDS["dead_units"], int(off.sum()), total=64)


def test_a_sum_shows_the_stream_before_what_was_written_and_the_stream_after() -> None:
    for settings in ({}, {"stack_residual": False}):
        shown = opened(settings, "decoder.1.self_attention.add")
        before = shown["x"] if settings == {} else 0
        assert np.allclose(shown["output"], before + shown["written"], atol=1e-6)


def test_dropout_is_shown_as_the_mask_that_was_drawn() -> None:
    shown = opened({"stack_dropout": 0.25}, "encoder.1.feed_forward.add")
    assert set(np.unique(shown["dropout_mask"])) == {0, 1}
    assert np.allclose(shown["written"], shown["undropped"] * shown["dropout_mask"] / 0.75, atol=1e-6)


def test_the_embedding_and_the_logits_show_how_they_come_about() -> None:
    start, end = opened({}, "encoder.embedding"), opened({}, "decoder.logits")
    assert np.allclose(start["x"], start["token_embedding"] + start["position_embedding"], atol=1e-6)
    assert np.allclose(end["logits"], end["final"] @ end["w_vocabulary"], atol=1e-5)
    assert np.allclose(end["probabilities"].sum(1), 1, atol=1e-6)


# --- what is looked at ------------------------------------------------------------------------------------------------


def test_what_is_looked_at_stays_within_what_the_stack_has() -> None:
    values = Blocks(open="decoder.6.self_attention", source_token=32, target_token=32)
    selection = blocks_selection(values, trace_of({}))
    assert selection["open"] == ""
    assert selection["tokens"] == {"encoder": 6, "decoder": 7}


def test_a_stack_that_stands_alone_follows_the_token_of_the_source() -> None:
    settings = {"stack_architecture": "decoder", "stack_source_token": 4, "stack_target_token": 1}
    header = sent(settings).header
    assert header["selection"]["tokens"] == {"decoder": 3}
    assert header["link"] == {"decoder": "stack_source_token"}
    assert sent({}).header["link"] == {"encoder": "stack_source_token", "decoder": "stack_target_token"}


def test_the_revision_names_the_numbers_and_what_is_looked_at() -> None:
    names = {sent({}).revision, sent({}, stack_head=2).revision, sent({"stack_seed": 1}).revision}
    names |= {sent({}, stack_open="encoder.embedding").revision}
    assert len(names) == 4
    assert sent({}).revision == sent({}).revision


def test_numbers_that_have_overflowed_can_still_be_sent() -> None:
    settings = {"stack_depth": 6, "stack_placement": "none", "stack_activation": "swiglu"}
    assert not trace_of(settings).logits.isfinite().all()
    assert sent(settings, stack_open="decoder.logits").header["top"][0][0][1] == 0


def test_every_part_within_a_block_has_its_stages_and_no_other() -> None:
    trace = trace_of({})
    for place in places_of(trace).values():
        part = part_of(trace, place)
        assert (part is None) == (place.block is None)
        assert part is None or part.name == place.name
