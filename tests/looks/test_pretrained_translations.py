"""A pretrained encoder-decoder in the place of a trained translator: what is drawn is what the model computes."""

import math
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from attnlab.engine import SpecError, stack_trace
from attnlab.looks.pretrained.translations import (
    MOST_NUMBERS,
    PretrainedSearch,
    opened_translator,
    pretrained_translation,
)
from attnlab.pretrained import PairTrace, open_model, translating
from attnlab.pretrained.pairs.pair_influence import source_influence
from attnlab.tasks.translation.corpus import END
from tests.engine.laws import close
from tests.pretrained.conftest import folder_of

__all__ = ["folder_of"]

Folder = Callable[[str], Path]
KINDS = {"opus": "marian, unscaled, gelu", "flan": "t5, gated, a head of its own"}


@pytest.fixture
def shelf(folder_of: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of the operator with two encoder-decoders and one model that only reads."""
    for name, kind in (*KINDS.items(), ("bert", "bert")):
        shutil.copytree(folder_of(kind), tmp_path / name)
    monkeypatch.setenv("ATTNLAB_MODELS", str(tmp_path))
    opened_translator.cache_clear()
    yield tmp_path
    opened_translator.cache_clear()


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("beams", [1, 3])
def test_what_is_drawn_is_what_the_model_writes(shelf: Path, name: str, beams: int) -> None:
    model = translating(open_model(shelf / name))
    found = pretrained_translation(PretrainedSearch(name, "The cat", beams, 1.0))
    wanted = model.translate("The cat", beams, most=found.longest)
    written = found.written
    assert written.text == wanted.text
    assert found.ended == wanted.ended
    assert [word == END for word in written.words] == [id_ == 2 for id_ in wanted.ids]
    trace = model.trace("The cat", wanted.ids[:-1])
    assert written.cross_weights is not None
    close(written.cross_weights, trace.cross_attentions)
    likeliest = trace.logits.softmax(-1).max(-1).values
    assert [row[0].probability for row in written.candidates] == pytest.approx(likeliest.tolist(), rel=1e-4)
    assert written.log_prob / len(wanted.ids) == pytest.approx(wanted.score, abs=1e-4)
    assert written.source.tokens == (*"The", "Ġ", *"cat", "</s>")


def test_hypotheses_are_looked_at_by_their_rank(shelf: Path) -> None:
    found = [pretrained_translation(PretrainedSearch("opus", "The cat", 3, 1.0, rank)) for rank in (1, 2, 3, 6)]
    assert [one.rank for one in found] == [1, 2, 3, 3]
    assert {one.hypotheses for one in found} == {3}
    scores = [one.written.log_prob / len(one.written.words) for one in found[:3]]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("name", KINDS)
def test_influence_is_the_gradient_of_a_written_tokens_logit(shelf: Path, name: str) -> None:
    model = translating(open_model(shelf / name))
    trace = model.trace("The cat", [81, 284], "float64", padding=2)
    lengths = source_influence(trace)
    assert lengths.shape == (3, len("The cat") + 1 + 2)
    assert (lengths[:, -2:] == 0).all()
    likeliest = int(trace.logits[-1].argmax())
    assert torch.equal(source_influence(trace, likeliest), lengths)
    assert not torch.equal(source_influence(trace, (likeliest + 1) % 307)[-1], lengths[-1])
    for row, asked in ((1, 284), (2, likeliest)):
        assert float(lengths[row, 2]) == pytest.approx(slope(trace, row, asked, place=2), rel=1e-5)


def slope(trace: PairTrace, row: int, asked: int, place: int) -> float:
    """The length of a logit's gradient by one source token's vector, by differences."""
    step, found = 1e-6, []
    for coordinate in range(trace.stack.inputs.source_embedding.shape[1]):
        logits = []
        for sign in (1, -1):
            moved = trace.stack.inputs.source_embedding.clone()
            moved[place, coordinate] += sign * step
            stack = stack_trace(replace(trace.stack.inputs, source_embedding=moved))
            logits.append(float(replace(trace, stack=stack).logits[row, asked]))
        found.append((logits[0] - logits[1]) / (2 * step))
    return math.hypot(*found)


def test_a_picture_is_bounded_whatever_the_model_reads(shelf: Path) -> None:
    for name in KINDS:
        model = opened_translator(name)
        heads = model.sizes.decoder.num_layers * model.sizes.decoder.num_heads
        assert model.reader.longest == min(64, model.sizes.longest)
        assert heads * model.reader.longest**2 <= MOST_NUMBERS
    found = pretrained_translation(PretrainedSearch("opus", "a" * 500))
    assert len(found.written.source.tokens) == 41
    assert found.written.source.cut == 460


REFUSED = {
    "no such model": (PretrainedSearch("nope", "a"), r"^model \('nope'\) must be one of flan, opus"),
    "a path": (PretrainedSearch("../opus", "a"), r"^model \('../opus'\) must be one of"),
    "a model that only reads": (PretrainedSearch("bert", "a"), r"^model \('bert'\) must be one of flan, opus"),
    "nothing": (PretrainedSearch("opus", " "), r"^text \(' '\) must hold something to read"),
    "nothing that is seen": (PretrainedSearch("opus", "\u200b"), r"^text \(.*\) must hold something to read"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_translated_is_refused(shelf: Path, name: str) -> None:
    search, message = REFUSED[name]
    with pytest.raises(SpecError, match=message):
        pretrained_translation(search)
