"""Changed runs against transformers with hooks that do the same to its own modules, in float64."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine import Edit, Entering, SpecError, attended
from attnlab.engine import trace as engine_trace
from attnlab.interventions import (
    ablated_heads,
    changed,
    counterparts,
    edited,
    logit_difference,
    nearness,
    next_pieces,
    patched_heads,
    patched_streams,
)
from attnlab.interventions.alignment import aligned
from attnlab.interventions.onwards import attention_of, finals, stream_before, written_by_heads
from attnlab.pretrained import Model, Trace, open_model
from attnlab.pretrained.reference import reference_of

FolderOf = Callable[[str], Path]
CLEAN, OTHER = "the cat sat", "the mat sat"
BYTES = {"gpt2": ("abcab", "abdab"), "llama": ("abcab", "abdab")}
SHARP = 1e-12


def texts_of(kind: str) -> tuple[str, str]:
    return BYTES.get(kind, (CLEAN, OTHER))


def layers_of(theirs: Any, kind: str) -> Any:
    return {"bert": lambda: theirs.encoder.layer, "gpt2": lambda: theirs.h, "llama": lambda: theirs.layers}[kind]()


def attention_in(layer: Any, kind: str) -> Any:
    """The module whose input is what the heads give, side by side: W_O."""
    return {
        "bert": lambda: layer.attention.output.dense,
        "gpt2": lambda: layer.attn.c_proj,
        "llama": lambda: layer.self_attn.o_proj,
    }[kind]()


@contextmanager
def hooked(module: Any, change: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """What enters a module is changed."""

    def before(_module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if args:
            return (change(args[0]), *args[1:]), kwargs
        name = next(iter(kwargs))
        return args, kwargs | {name: change(kwargs[name])}

    handle = module.register_forward_pre_hook(before, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


def with_head(heads: Tensor, head: int, output: Tensor) -> Tensor:
    """(B, T, H*D): the same with what one of them gives, (T, D)."""
    result, width = heads.clone(), output.shape[-1]
    result[..., head * width : (head + 1) * width] = output
    return result


def side_by_side(outputs: Tensor) -> Tensor:
    """(H, T, D) -> (1, T, H*D)."""
    return outputs.transpose(0, 1).flatten(1)[None]


def last_state(theirs: Any, trace: Trace) -> Tensor:
    ids = torch.tensor([[token.id for token in trace.tokens]])
    with torch.no_grad():
        found: Tensor = theirs(ids).last_hidden_state
    return found


def both(folder_of: FolderOf, kind: str) -> tuple[Model, Trace, Trace, Any]:
    model = open_model(folder_of(kind))
    clean, other = (model.trace(text, dtype="float64") for text in texts_of(kind))
    return model, clean, other, reference_of(model).double()


OFF = (2, 1)
"""A layer, and a head of it, that is switched off in runs that are edited."""


def without_head(trace: Trace) -> Trace:
    layer, head = OFF
    return edited(trace, {layer: replace(trace.spec, edits=(Edit("head", head, 0, 0, 0.0),))})


@contextmanager
def head_off(theirs: Any, kind: str, width: int) -> Iterator[None]:
    layer, head = OFF
    with hooked(attention_in(layers_of(theirs, kind)[layer], kind), lambda x: with_head(x, head, torch.zeros(width))):
        yield


@pytest.mark.parametrize("is_edited", [False, True])
@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_a_stream_put_into_another_run_does_what_a_hook_does(folder_of: FolderOf, kind: str, is_edited: bool) -> None:
    _, clean, other, theirs = both(folder_of, kind)
    with contextlib.ExitStack() as always:
        if is_edited:
            always.enter_context(head_off(theirs, kind, attention_of(clean, 0).projections.value_dim))
            clean, other = without_head(clean), without_head(other)
        assert_streams_are_those_of_hooks(clean, other, theirs, kind)


def assert_streams_are_those_of_hooks(clean: Trace, other: Trace, theirs: Any, kind: str) -> None:
    found = patched_streams(clean, other, nearness(clean))
    near = nearness(clean)
    at_zero = float(near(last_state(theirs, other)))
    for number, layer in enumerate(layers_of(theirs, kind)):
        for place in range(len(clean.tokens)):

            def put(stream: Tensor, number: int = number, place: int = place) -> Tensor:
                result = stream.clone()
                result[:, place] = stream_before(clean, number)[place]
                return result

            with hooked(layer, put):
                wanted = (float(near(last_state(theirs, other))) - at_zero) / (1 - at_zero)
            assert float(found[number, place]) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("kind", ["bert", "gpt2", "llama"])
def test_a_head_that_writes_nothing_does_what_a_hook_does(folder_of: FolderOf, kind: str) -> None:
    _, clean, _, theirs = both(folder_of, kind)
    exact = SHARP if kind != "llama" else 1e-5  # its norm and RoPE are float32 in the reference
    for number, layer in enumerate(layers_of(theirs, kind)):
        attention = attention_of(clean, number)
        written = attention.output - written_by_heads(attention)
        ours = finals(clean, number, stream_before(clean, number).expand_as(written), written)
        width = attention.projections.value_dim
        for head, final in enumerate(ours):

            def without(heads: Tensor, head: int = head, width: int = width) -> Tensor:
                return with_head(heads, head, torch.zeros(width))

            with hooked(attention_in(layer, kind), without):
                assert float((final - last_state(theirs, clean)[0]).abs().max()) <= exact


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_a_head_of_another_run_does_what_a_hook_does(folder_of: FolderOf, kind: str) -> None:
    _, clean, other, theirs = both(folder_of, kind)
    found, near = patched_heads(clean, other, nearness(clean)), nearness(clean)
    at_zero = float(near(last_state(theirs, other)))
    for number, layer in enumerate(layers_of(theirs, kind)):
        ours = attention_of(clean, number).heads.output[0]
        for head, output in enumerate(ours):

            def put(heads: Tensor, head: int = head, output: Tensor = output) -> Tensor:
                return with_head(heads, head, output)

            with hooked(attention_in(layer, kind), put):
                wanted = (float(near(last_state(theirs, other))) - at_zero) / (1 - at_zero)
            assert float(found[number, head]) == pytest.approx(wanted, abs=1e-9)


EDITS = {
    "a weight": (Edit("weights", 1, 3, 2, 0.7), {(1, 3, 2): 0.7}),
    "a score": (Edit("scores", 2, 4, 1, 5.0), {(2, 4, 1): 5.0}),
    "the mask, of all heads": (Edit("mask", 0, 3, 1, 0), {(head, 3, 1): -torch.inf for head in range(3)}),
}
"""What is edited, from 0, and the cells of the weights, or of the scores before softmax, that it sets."""


def edited_by_hand(trace: Trace, layer: int, stage: str, cells: dict[tuple[int, int, int], float]) -> Tensor:
    """(H, T, D): what the heads give after cells of the weights, or of the scores, were set."""
    heads = attention_of(trace, layer).heads
    scores, weights = heads.query[0] @ heads.key[0].mT, heads.weights[0].clone()
    if stage != "weights":
        allowed = heads.weights[0] > 0
        for place, value in cells.items():
            scores[place] = value
        weights = (scores * heads.scale).masked_fill(~allowed, -torch.inf).softmax(-1)
    else:
        for place, value in cells.items():
            weights[place] = value
    return weights @ heads.value[0]


@pytest.mark.parametrize("layer", [0, 1, 2])
@pytest.mark.parametrize("edited", EDITS)
@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_an_edit_moves_the_whole_model_as_a_hook_does(folder_of: FolderOf, kind: str, edited: str, layer: int) -> None:
    _, trace, _, theirs = both(folder_of, kind)
    edit, cells = EDITS[edited]
    found = changed(trace, layer, engine_trace(replace(trace.spec, edits=(edit,)), trace.layer(layer)).layer)
    outputs = edited_by_hand(trace, layer, edit.stage, cells)
    ids = torch.tensor([[token.id for token in trace.tokens]])
    with hooked(attention_in(layers_of(theirs, kind)[layer], kind), lambda _: side_by_side(outputs)), torch.no_grad():
        wanted = theirs(ids, output_hidden_states=True, output_attentions=True)
    assert float((found.after - torch.cat(wanted.hidden_states)).abs().max()) <= SHARP
    behind = torch.cat(wanted.attentions)[layer + 1 :]
    torch.testing.assert_close(found.attentions[layer + 1 :], behind, rtol=0, atol=SHARP)
    assert found.moved[layer + 1 :].any()
    torch.testing.assert_close(found.cosines[: layer + 1], torch.ones_like(found.cosines[: layer + 1]))
    assert (found.cosines[layer + 1 :] < 1 - SHARP).any()


SEVERAL = {0: EDITS["a score"], 2: EDITS["the mask, of all heads"]}
"""What is edited in which layers."""


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_edits_in_several_layers_do_what_hooks_in_all_of_them_do(folder_of: FolderOf, kind: str) -> None:
    _, trace, _, theirs = both(folder_of, kind)
    specs = {layer: replace(trace.spec, edits=(edit,)) for layer, (edit, _) in SEVERAL.items()}
    found = edited(trace, specs)
    # The second layer is edited on what the first edit has made of the stream.
    half = edited(trace, {0: specs[0]})
    outputs = {
        layer: edited_by_hand(run, layer, SEVERAL[layer][0].stage, SEVERAL[layer][1])
        for layer, run in ((0, trace), (2, half))
    }
    ids = torch.tensor([[token.id for token in trace.tokens]])
    with contextlib.ExitStack() as hooks, torch.no_grad():
        for layer, output in outputs.items():
            place = attention_in(layers_of(theirs, kind)[layer], kind)
            hooks.enter_context(hooked(place, lambda _, output=output: side_by_side(output)))
        wanted = theirs(ids, output_hidden_states=True)
    assert float((found.hidden_states - torch.cat(wanted.hidden_states)).abs().max()) <= SHARP
    assert float((found.hidden_states - half.hidden_states)[3:].abs().max()) > SHARP
    assert edited(trace, {}) is trace


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_a_head_is_taken_away_from_an_edited_run(folder_of: FolderOf, kind: str) -> None:
    _, plain, _, theirs = both(folder_of, kind)
    trace = without_head(plain)
    found, near = ablated_heads(trace, nearness(trace)), nearness(trace)
    width = attention_of(plain, 0).projections.value_dim
    with head_off(theirs, kind, width):
        for number, layer in enumerate(layers_of(theirs, kind)[:2]):
            with hooked(attention_in(layer, kind), lambda heads: with_head(heads, 0, torch.zeros(width))):
                assert float(found[number, 0]) == pytest.approx(float(near(last_state(theirs, trace))), abs=SHARP)
    assert float(found[OFF]) == pytest.approx(1, abs=SHARP)  # what is off already is no loss
    assert not torch.equal(found, ablated_heads(plain, nearness(plain)))


def test_an_edited_layer_does_to_many_streams_what_it_does_to_each(folder_of: FolderOf) -> None:
    for kind in ("bert", "llama"):
        trace = open_model(folder_of(kind)).trace(texts_of(kind)[0], dtype="float64")
        edits = (Edit("scores", 1, 3, 2, 4.0), Edit("x", 0, 1, 5, -2.0), Edit("temperature", 0, 0, 0, 0.5))
        spec, inputs = replace(trace.spec, edits=edits), trace.layer(1)
        streams = torch.randn(3, *inputs.token_embedding.shape, generator=torch.Generator().manual_seed(0)).double()
        together = attended(spec, inputs, streams)
        for number, stream in enumerate(streams):
            alone = engine_trace(spec, replace(inputs, entering=Entering(1, stream, None, stream))).layer
            torch.testing.assert_close(together.output[number], alone.output[0], rtol=0, atol=SHARP)


ALIGNED = {
    "as long, token by token": ("abcd", "bcda", "0123"),
    "a word more": ("abcd", "abxcd", "01-23"),
    "a word less": ("abcd", "abd", "013"),
    "another word, and one more behind it": ("abcde", "axcdye", "0123-4"),
    "two words for one": ("abd", "axyd", "0-12"),
    "one word for two": ("abcd", "axd", "023"),
    "nothing in common": ("abc", "xy", "12"),
}
"""Two texts, and the place of each token's counterpart in the first."""


@pytest.mark.parametrize("case", ALIGNED)
def test_what_both_texts_have_in_one_order_goes_together(case: str) -> None:
    text, other, wanted = ALIGNED[case]
    found = aligned([ord(letter) for letter in text], [ord(letter) for letter in other])
    assert "".join("-" if place is None else str(place) for place in found) == wanted


def test_a_run_of_another_length_is_patched_where_tokens_have_a_counterpart(folder_of: FolderOf) -> None:
    model = open_model(folder_of("bert"))
    clean, other = (model.trace(text, dtype="float64") for text in ("the cat sat on", "the mat sat"))
    assert counterparts(clean, other) == (0, 1, 2, 3, 5)
    clean, other = other, clean  # the longer one is patched
    assert counterparts(clean, other) == (0, 1, 2, 3, None, 4)
    near = nearness(clean, 4, 5)
    scores = patched_streams(clean, other, near)
    assert scores[:, 4].isnan().all()
    assert not scores[:, [0, 1, 2, 3, 5]].isnan().any()
    assert float(scores[-1, 5]) == pytest.approx(1, abs=1e-9)
    # By hand: the clean one's stream at its "mat", put in behind the first layer; and its last layer's second head.
    stream = stream_before(other, 1).clone()
    stream[2] = stream_before(clean, 1)[2]
    zero = float(near(other.hidden_states[-1][None]))
    assert float(scores[1, 2]) == pytest.approx((float(near(finals(other, 1, stream[None]))) - zero) / (1 - zero))
    attention = attention_of(other, 2)
    written, ours = written_by_heads(attention)[1], written_by_heads(attention_of(clean, 2))[1]
    output = attention.output[0].clone()
    for place, own in ((0, 0), (1, 1), (2, 2), (3, 3), (5, 4)):
        output[place] += ours[own] - written[place]
    end = float(near(finals(other, 2, stream_before(other, 2)[None], output[None])))
    assert float(patched_heads(clean, other, near)[2, 1]) == pytest.approx((end - zero) / (1 - zero))


def test_a_temperature_set_by_hand_is_that_of_the_layer(folder_of: FolderOf) -> None:
    trace = open_model(folder_of("gpt2")).trace("abcab", dtype="float64")
    by_hand = edited(trace, {1: replace(trace.spec, edits=(Edit("temperature", 0, 0, 0, 0.5),))})
    wanted = edited(trace, {1: replace(trace.spec, temperature=0.5)})
    assert torch.equal(by_hand.hidden_states, wanted.hidden_states)
    with pytest.raises(SpecError, match=r"layer \(9\)"):
        edited(trace, {9: trace.spec})


@pytest.mark.parametrize("kind", ["bert", "llama"])
def test_a_run_that_nobody_changed_is_the_run_itself(folder_of: FolderOf, kind: str) -> None:
    model = open_model(folder_of(kind))
    trace = model.trace(texts_of(kind)[0])
    for layer in range(len(trace.blocks)):
        same = changed(trace, layer, attention_of(trace, layer))
        assert torch.equal(same.after, trace.hidden_states)
        assert torch.equal(same.attentions, trace.attentions)
        assert not same.moved.any()
        assert not same.heads_moved.any()
    streams = stream_before(trace, 1)[None].expand(3, -1, -1)
    torch.testing.assert_close(finals(trace, 1, streams), trace.hidden_states[-1].expand(3, -1, -1), rtol=0, atol=1e-5)


def test_a_change_moves_what_comes_behind_it_alone(folder_of: FolderOf) -> None:
    model = open_model(folder_of("gpt2"))
    trace, other = (model.trace(text) for text in BYTES["gpt2"])
    found = changed(trace, 1, attention_of(other, 1))
    assert not found.moved[:2].any()
    assert found.moved[2:, 2:].all()
    assert not found.moved[:, :2].any()  # what stands before the other letter cannot see it
    assert not found.heads_moved[0].any()
    apart = (attention_of(other, 1).heads.weights[0] - trace.attentions[1]).abs().sum(-1).mean(-1) / 2
    torch.testing.assert_close(found.heads_moved[1], apart)


def test_all_of_a_run_put_into_another_makes_it_the_run(folder_of: FolderOf) -> None:
    model = open_model(folder_of("bert"))
    clean, other = (model.trace(text) for text in (CLEAN, OTHER))
    scores = patched_streams(clean, other, nearness(clean, place=2))
    assert float(scores[-1, 2]) == pytest.approx(1, abs=1e-4)
    assert scores[-1, [0, 1, 3, 4]].abs().max() <= 1e-4  # behind the last layer nothing else reaches the token
    assert scores[0, [0, 1, 3, 4]].abs().max() <= 1e-3  # both texts have the same there


def test_heads_of_a_run_that_is_the_same_until_then_change_nothing(folder_of: FolderOf) -> None:
    model = open_model(folder_of("llama"))
    clean, other = (model.trace(text) for text in BYTES["llama"])
    outcome = logit_difference(model, 4, answer=40, other=41)
    scores = patched_heads(clean, other, outcome)
    assert scores.shape == clean.attentions.shape[:2]
    # By hand: the last layer's first head, in the last stream.
    attention, theirs = attention_of(clean, 2), attention_of(other, 2)
    written = theirs.output + (written_by_heads(attention) - written_by_heads(theirs))[:1]
    final = finals(other, 2, stream_before(other, 2)[None], written)
    ends = [outcome(end) for end in (final, other.hidden_states[-1][None], clean.hidden_states[-1][None])]
    assert float(scores[2, 0]) == pytest.approx(float((ends[0] - ends[1]) / (ends[2] - ends[1])), abs=1e-4)


def test_a_head_that_is_replaced_by_its_mean_keeps_what_it_always_adds(folder_of: FolderOf) -> None:
    model = open_model(folder_of("bert"))
    trace = model.trace(CLEAN)
    zero, mean = (ablated_heads(trace, nearness(trace), instead) for instead in ("zero", "mean"))
    assert zero.shape == mean.shape == trace.attentions.shape[:2]
    assert not torch.equal(zero, mean)
    assert float(zero.max()) <= 1 + 1e-5


def test_logits_are_compared_as_the_head_gives_them(folder_of: FolderOf) -> None:
    model = open_model(folder_of("gpt2"))
    trace = model.trace(BYTES["gpt2"][0])
    assert trace.logits is not None
    found = logit_difference(model, 3, answer=5, other=9)(trace.hidden_states[-1][None])
    torch.testing.assert_close(found[0], trace.logits[3, 5] - trace.logits[3, 9])


def test_two_runs_are_told_apart_by_what_they_say_next(folder_of: FolderOf) -> None:
    model = open_model(folder_of("gpt2"))
    trace, other = (model.trace(text) for text in ("ab", "cd"))
    assert trace.logits is not None
    assert other.logits is not None
    ours, theirs = trace.logits[-1].argsort(descending=True).tolist(), int(other.logits[-1].argmax())
    assert ours[0] != theirs  # seeded so
    assert next_pieces(model, trace, other) == (ours[0], theirs)
    assert next_pieces(model, trace, trace) == (ours[0], ours[1])
    headless = open_model(folder_of("bert"))
    with pytest.raises(SpecError, match="must have a head"):
        next_pieces(headless, headless.trace(CLEAN), headless.trace(OTHER))


def test_texts_that_cannot_be_put_into_each_other_are_refused(folder_of: FolderOf) -> None:
    model = open_model(folder_of("bert"))
    trace = model.trace(CLEAN)
    with pytest.raises(SpecError, match="must end elsewhere"):
        patched_heads(trace, trace, nearness(trace))
    with pytest.raises(SpecError, match="must have a head"):
        logit_difference(model, 0, 1, 2)
    with pytest.raises(SpecError, match=r"place \(5\)"):
        nearness(trace, place=5)


def test_a_word_of_minilm_s_text_put_into_another_one_makes_it_the_same(minilm: Model) -> None:
    clean = minilm.trace("The animal didn't cross the street because it was too tired.")
    other = minilm.trace("The animal didn't cross the street because it was too wide.")
    scores = patched_streams(clean, other, nearness(clean))
    differing = next(
        place for place, pair in enumerate(zip(clean.tokens, other.tokens, strict=True)) if pair[0] != pair[1]
    )
    assert float(scores[0, differing]) == pytest.approx(1, abs=1e-3)
    vector = F.normalize(other.hidden_states[-1].mean(0), dim=0)
    assert float(nearness(clean)(other.hidden_states[-1][None])) == pytest.approx(
        float(vector @ F.normalize(clean.hidden_states[-1].mean(0), dim=0)), abs=1e-5
    )
    assert int(scores[-1].argmax()) == differing
    assert float(ablated_heads(clean, nearness(clean)).min()) < 0.95
