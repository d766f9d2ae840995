"""Marian and T5 give the numbers of transformers, layer by layer, and write what it writes."""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from tokenizers import processors
from torch import nn

from attnlab.engine import SpecError
from attnlab.engine.choices.positions import t5_buckets
from attnlab.pretrained import ENCODER_DECODERS, EncoderDecoder, open_model, translating
from attnlab.pretrained.families.marian import halved_positions
from attnlab.pretrained.pairs.pair_reference import pair_differences, pair_reference_of, said_by
from tests.engine.laws import close
from tests.pretrained.conftest import PAIRS, bytes_alone, configured

TEXTS = ("The cats sat on the mat.", "a 😂 Кот!")
BEAMS = {"num_beams": 4, "do_sample": False, "length_penalty": 1, "early_stopping": True}
every_pair = pytest.mark.parametrize("kind", PAIRS)

Folder = Callable[[str], Path]


def opened(folder: Path) -> EncoderDecoder:
    return translating(open_model(folder))


def in_float64(reference: Any) -> Any:
    """The same with norms that keep to float64: T5's round their variance to float32."""

    class Exact(nn.Module):
        def __init__(self, norm: Any) -> None:
            super().__init__()
            self.norm = norm

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            found: torch.Tensor = self.norm.weight * x * (x.square().mean(-1, keepdim=True) + self.eps).rsqrt()
            return found

        @property
        def eps(self) -> float:
            return float(self.norm.variance_epsilon)

    for module in list(reference.modules()):
        for name, child in list(module.named_children()):
            if type(child).__name__ == "T5LayerNorm" and not isinstance(module, Exact):
                setattr(module, name, Exact(child))
    return reference


def bound(largest: float) -> float:
    """What float32 can be held to: 1e-5, or one step of the largest number."""
    return max(1e-5, largest * torch.finfo(torch.float32).eps)


def written_by(theirs: Any, model: EncoderDecoder, text: str, **options: Any) -> tuple[int, ...]:
    """The ids of the reference, its start taken away."""
    ids = torch.tensor([model.reader.read(text).ids])
    return tuple(theirs.generate(ids, **options)[0, 1:].tolist())


def test_every_family_is_among_them(folder_of: Folder) -> None:
    assert {opened(folder_of(kind)).kind for kind in PAIRS} == set(ENCODER_DECODERS)


@pytest.mark.parametrize("padding", [0, 3])
@every_pair
def test_attentions_and_hidden_states_are_those_of_the_reference(folder_of: Folder, kind: str, padding: int) -> None:
    model = opened(folder_of(kind))
    found = pair_differences(model, TEXTS, padding=padding)
    halves = (("encoder", model.sizes.encoder.num_layers), ("decoder", model.sizes.decoder.num_layers))
    assert [(one.side, one.layer) for one in found] == [
        (side, layer) for side, depth in halves for layer in range(depth)
    ]
    assert len(found) == 5
    exact = pair_differences(model, TEXTS, "float64", in_float64(pair_reference_of(model, "float64")), padding=padding)
    for one, same in zip(found, exact, strict=True):
        assert (one.cross is None) == (one.side == "encoder")
        assert max(one.attention, one.cross or 0.0) <= 1e-5
        assert one.hidden_state <= bound(one.largest)
        assert max(same.attention, same.cross or 0.0) <= 1e-12
        assert same.hidden_state <= 1e-12 * max(1.0, same.largest)


@every_pair
def test_logits_are_those_of_the_reference(folder_of: Folder, kind: str) -> None:
    model = opened(folder_of(kind))
    for dtype in ("float32", "float64"):
        theirs = in_float64(pair_reference_of(model, dtype)) if dtype == "float64" else pair_reference_of(model)
        trace = model.trace(TEXTS[0], TEXTS[1], dtype)
        wanted = said_by(theirs, trace).logits[0]
        largest, apart = float(wanted.abs().max()), float((trace.logits - wanted).abs().max())
        assert trace.logits.shape == wanted.shape
        assert apart <= (bound(largest) if dtype == "float32" else 1e-12 * max(1.0, largest))


@every_pair
def test_what_is_written_is_what_the_reference_writes(folder_of: Folder, kind: str) -> None:
    model = opened(folder_of(kind))
    theirs = pair_reference_of(model)
    for text in (*TEXTS, "x", "The end of the cat"):
        for most in (1, 2, 13, 30):
            greedy = model.translate(text, most=most)
            assert greedy.ids == written_by(theirs, model, text, max_new_tokens=most, do_sample=False)
            beams = model.translate(text, num_beams=4, most=most)
            assert beams.ids == written_by(theirs, model, text, max_new_tokens=most, **BEAMS)
            assert greedy.ended == (greedy.ids[-1] == 2)
            assert beams.text == model.reader.text_of(beams.ids)


@every_pair
def test_some_texts_come_to_an_end_by_themselves(folder_of: Folder, kind: str) -> None:
    """Else nothing would have been said of the others, above, but their limit."""
    model = opened(folder_of(kind))
    written = [model.translate(text, beams, most=30) for text in (*TEXTS, "x", "ab", "The end") for beams in (1, 4)]
    assert any(one.ended and len(one.ids) < 30 for one in written)
    assert any(len(one.ids) > 2 for one in written)


RULES: dict[str, dict[str, Any]] = {
    "words that are never written": {"bad_words_ids": [[1], [284], [81]]},
    "and the rest made whole": {"bad_words_ids": [[1], [284], [81]], "renormalize_logits": True},
    "another end": {"eos_token_id": 284, "forced_eos_token_id": 284},
    "another start": {"decoder_start_token_id": 5},
}


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize("name", RULES)
def test_rules_of_writing_are_read_where_newer_and_older_files_have_them(
    folder_of: Folder, tmp_path: Path, name: str, older: bool
) -> None:
    folder = shutil.copytree(folder_of("marian"), tmp_path / "marian")
    path = folder / "generation_config.json"
    theirs = pair_reference_of(opened(folder))
    path.write_text(json.dumps(json.loads(path.read_text()) | RULES[name]))
    said = transformers.GenerationConfig.from_pretrained(folder)
    if older:
        path.unlink()
        configured(folder, **RULES[name])
    model = opened(folder)
    written = set()
    for text in (*TEXTS, "x"):
        beams = model.translate(text, 4, most=12)
        assert beams.ids == written_by(theirs, model, text, generation_config=said, max_new_tokens=12, **BEAMS)
        greedy = model.translate(text, most=12)
        assert greedy.ids == written_by(theirs, model, text, generation_config=said, max_new_tokens=12)
        written |= {beams.ids, greedy.ids}
    before = opened(folder_of("marian"))
    assert written != {before.translate(text, beams, most=12).ids for text in (*TEXTS, "x") for beams in (1, 4)}


@every_pair
def test_what_a_trace_holds_fits_together(folder_of: Folder, kind: str) -> None:
    model = opened(folder_of(kind))
    text = "The cat"
    trace = model.trace(text, padding=2)
    encoder, decoder = model.sizes.encoder, model.sizes.decoder
    source, target = len(text) + 1 + 2, len(trace.target)
    assert trace.encoder_attentions.shape == (encoder.num_layers, encoder.num_heads, source, source)
    assert trace.decoder_attentions.shape == (decoder.num_layers, decoder.num_heads, target, target)
    assert trace.cross_attentions.shape == (decoder.num_layers, decoder.num_heads, target, source)
    assert (trace.decoder_attentions.triu(1) == 0).all()
    for weights in (trace.encoder_attentions, trace.cross_attentions):
        assert (weights[..., -2:] == 0).all()
        assert (weights[..., :-2] > 0).all()
        close(weights.sum(-1), torch.ones(weights.shape[:-1]), 1e-6)
    for side, depth in (("encoder", encoder.num_layers), ("decoder", decoder.num_layers)):
        streams = trace.hidden_states[side == "decoder"]
        assert len(streams) == depth + 1
        for number in range(depth):
            stages = trace.block(side, number)
            assert torch.equal(stages.x[0], streams[number])
            assert [part.name for part in stages.parts] == [
                "self_attention",
                *(["cross_attention"] if side == "decoder" else []),
                "feed_forward",
            ]


@every_pair
def test_without_a_target_the_trace_is_of_what_the_model_writes(folder_of: Folder, kind: str) -> None:
    model = opened(folder_of(kind))
    trace, written = model.trace("x"), model.translate("x")
    ids = [id_ for id_ in written.ids if id_ != model.sizes.rules.end][: model.sizes.longest - 1]
    assert [token.id for token in trace.target] == [model.sizes.rules.start, *ids]
    assert trace.logits.argmax(-1).tolist()[: len(ids)] == ids
    again = model.trace("x", ids)
    assert torch.equal(again.logits, trace.logits)


def test_padding_changes_nothing_that_is_a_word(folder_of: Folder) -> None:
    for kind in ("marian", "t5"):
        model = opened(folder_of(kind))
        bare, padded = model.trace("The cat", "Kot", "float64"), model.trace("The cat", "Kot", "float64", padding=5)
        close(padded.logits, bare.logits)
        close(padded.cross_attentions[..., :-5], bare.cross_attentions)
        assert [token.id for token in padded.source[-5:]] == [model.sizes.rules.padding] * 5


def test_a_target_that_is_typed_is_the_pieces_of_the_text_behind_the_start(folder_of: Folder) -> None:
    model = opened(folder_of("marian"))
    trace = model.trace("x", "añ")
    assert [token.piece for token in trace.target][:2] == ["<pad>", "a"]
    assert [token.special for token in trace.target] == [True, False, False, False]
    assert trace.cut == trace.cut_target == 0
    long = model.trace("a" * 100, "b" * 100)
    assert (len(long.source), long.cut) == (41, 60)
    assert (len(long.target), long.cut_target) == (41, 60)


def test_positions_are_those_of_the_reference_to_the_last_bit() -> None:
    from transformers.models.marian.modeling_marian import MarianSinusoidalPositionalEmbedding

    for length, width in ((512, 512), (41, 24), (7, 9)):
        wanted = MarianSinusoidalPositionalEmbedding(length, width).create_weight()
        found = halved_positions(length, width)
        assert float((found - wanted).abs().max()) == 0


def test_distances_fall_into_the_buckets_of_the_reference() -> None:
    from transformers.models.t5.modeling_t5 import T5Attention

    distances = torch.arange(-1023, 1024)
    for both_ways in (True, False):
        for buckets, farthest in ((32, 128), (7, 19), (64, 256), (32, 1000)):
            wanted = T5Attention._relative_position_bucket(distances, both_ways, buckets, farthest)
            found = t5_buckets(distances, num_buckets=buckets, farthest=farthest, both_ways=both_ways)
            assert torch.equal(found, wanted)


REFUSED: dict[str, tuple[Callable[[EncoderDecoder], object], str]] = {
    "nothing to read": (lambda model: model.translate(""), r"^text \(''\) must hold something to read"),
    "half a pair": (lambda model: model.translate("\ud800"), r"^text \(.*\) must be UTF-8"),
    "a novel": (
        lambda model: model.translate("a" * 100_001),
        r"^text \(100001 characters\) must be written in at most",
    ),
    "no target": (lambda model: model.trace("a", ""), r"^target \(''\) must hold something to read"),
    "an id too many": (lambda model: model.trace("a", [5, 307]), r"^target \(307\) must be between 0 and 306"),
    "no id": (lambda model: model.trace("a", [5, -1]), r"^target \(-1\) must be between 0 and 306"),
    "a word for an id": (lambda model: model.trace("a", ["b"]), r"^target \('b'\) must be a whole number"),  # type: ignore[list-item]
    "too many ids": (lambda model: model.trace("a", [5] * 41), r"^target \(42 tokens, id 5\) must fit the model's 41"),
    "half precision": (lambda model: model.trace("a", "b", "float16"), r"^dtype \('float16'\) must be one of float32"),
    "padding beyond": (lambda model: model.trace("a", "b", padding=40), r"^padding \(40\) must be between 0 and 39"),
    "no beams": (lambda model: model.translate("a", 0), r"^num_beams \(0\) must be between 1 and 16"),
    "half a beam": (lambda model: model.translate("a", 1.5), r"^num_beams \(1.5\) must be a whole number"),  # type: ignore[arg-type]
    "no room": (lambda model: model.translate("a", most=0), r"^most \(0\) must be between 1 and 41"),
    "more than there is": (lambda model: model.translate("a", most=42), r"^most \(42\) must be between 1 and 41"),
    "no penalty": (
        lambda model: model.translate("a", length_penalty=float("nan")),
        r"^length_penalty \(nan\) must be between -10.0 and 10.0",
    ),
    "a third half": (
        lambda model: model.trace("a", "b").block("memory", 0),  # type: ignore[arg-type]
        r"^side \('memory'\) must be one of encoder, decoder",
    ),
    "a block too many": (
        lambda model: model.trace("a", "b").block("encoder", 2),
        r"^layer \(2\) must be between 0 and 1",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_by_field_and_value(folder_of: Folder, name: str) -> None:
    asked, message = REFUSED[name]
    with pytest.raises(SpecError, match=message):
        asked(opened(folder_of("marian")))


def test_what_a_tokenizer_adds_must_fit_the_model(folder_of: Folder, tmp_path: Path) -> None:
    folder = shutil.copytree(folder_of("marian"), tmp_path / "marian")
    tokenizer = bytes_alone()
    tokenizer.post_processor = processors.TemplateProcessing("$A [X]", None, [("[X]", 9999)])
    tokenizer.save(str(folder / "tokenizer.json"))
    with pytest.raises(SpecError, match=r"^source \(2 tokens, id 9999\) must fit the model's 41 tokens and 307 ids"):
        opened(folder).translate("a")


def test_a_model_can_be_shared_by_threads(folder_of: Folder) -> None:
    model = opened(folder_of("t5"))
    wanted = model.translate("The cat", 3, most=12)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda text: model.translate(text, 3, most=12), ["The cat"] * 12):
            assert found == wanted
