"""What models say: against transformers' own logits, a plain loop of cosines, and what is known of MiniLM."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from attnlab.engine import SpecError
from attnlab.pretrained import Model, open_model
from attnlab.pretrained.reference import reference_of
from attnlab.pretrained.says import guesses, score_of, sentence_vector, similarities, streams

TEXT = "abc abd."
FolderOf = Callable[[str], Path]


@pytest.mark.parametrize("kind", ["gpt2", "llama", "qwen2"])
def test_the_last_stream_says_what_the_reference_s_head_says(folder_of: FolderOf, kind: str) -> None:
    model = open_model(folder_of(kind))
    trace = model.trace(TEXT)
    found = guesses(model, streams(model, trace)[-1], 5)
    assert score_of(model) == "probability"
    probabilities = trace.logits.softmax(-1)  # type: ignore[union-attr]  # held to the reference by test_architectures
    values, ids = probabilities.topk(5)
    for place, said in enumerate(found):
        assert [one.piece for one in said] == [model.reader.written(id_) for id_ in ids[place].tolist()]
        assert [one.score for one in said] == pytest.approx(values[place].tolist(), abs=1e-5)


def test_streams_on_their_way_are_normed_as_the_last_one_is(folder_of: FolderOf) -> None:
    model = open_model(folder_of("llama"))
    trace, theirs = model.trace(TEXT, dtype="float64"), reference_of(model).double()
    ids = torch.tensor([[token.id for token in trace.tokens]])
    with torch.no_grad():
        states = theirs(ids, output_hidden_states=True).hidden_states
        wanted: Any = [theirs.norm(state[0]) for state in states[:-1]] + [states[-1][0]]
    assert float((streams(model, trace) - torch.stack(wanted)).abs().max()) <= 1e-5  # their norm is in float32


def test_where_there_is_no_head_the_nearest_pieces_are_those_of_a_loop(folder_of: FolderOf) -> None:
    model = open_model(folder_of("bert"))
    stream = streams(model, model.trace("the cat sat"))[2]
    words = model.parts.embedding.words
    for place, said in enumerate(guesses(model, stream, 3)):
        cosines = [float(F.cosine_similarity(stream[place], word, dim=0)) for word in words]
        order = sorted(range(len(words)), key=lambda id_: -cosines[id_])[:3]
        assert [one.piece for one in said] == [model.reader.written(id_) for id_ in order]
        assert [one.score for one in said] == pytest.approx([cosines[id_] for id_ in order], abs=1e-5)


def test_a_vocabulary_is_scored_in_parts_as_at_once(folder_of: FolderOf, monkeypatch: pytest.MonkeyPatch) -> None:
    model = open_model(folder_of("gpt2"))
    stream = streams(model, model.trace(TEXT))[1]
    whole = guesses(model, stream, 4)
    monkeypatch.setattr("attnlab.pretrained.says.MOST_SCORES", 1)
    parts = guesses(model, stream, 4)
    assert [[one.piece for one in said] for said in parts] == [[one.piece for one in said] for said in whole]


@pytest.mark.parametrize("count", [0, 101])
def test_a_count_out_of_bounds_is_refused(folder_of: FolderOf, count: int) -> None:
    model = open_model(folder_of("bert"))
    with pytest.raises(SpecError, match=r"count \("):
        guesses(model, streams(model, model.trace("the cat"))[0], count)


def test_minilm_reads_t_as_not_before_it_is_through(minilm: Model) -> None:
    trace = minilm.trace("The animal didn't cross the street.")
    place = next(place for place, token in enumerate(trace.tokens) if token.label == "t")
    said = [guesses(minilm, stream[place][None], 1)[0][0].piece for stream in streams(minilm, trace)]
    assert said[:2] == ["t", "t"]
    assert said[-3:] == ["not", "not", "not"]


def test_minilm_s_sentences_are_as_alike_as_its_card_says(minilm: Model) -> None:
    sentences = ["A man is eating food.", "A man is eating a piece of bread.", "Stocks fell sharply today."]
    found = similarities([sentence_vector(streams(minilm, minilm.trace(one))[-1]) for one in sentences])
    assert float(found[0, 1]) == pytest.approx(0.7553, abs=5e-4)  # sbert.net, "Semantic Textual Similarity"
    assert float(found[0, 2]) < 0.1
    torch.testing.assert_close(found.diagonal(), torch.ones(3))


def test_pieces_are_written_as_they_read(minilm: Model, folder_of: FolderOf) -> None:
    reader = minilm.reader
    assert [reader.written(id_) for id_ in reader.ids_of("tokenizers")][1:] == ["##izer", "##s"]
    assert reader.written(101) == "[CLS]"
    bytes_alone = open_model(folder_of("gpt2")).reader
    assert bytes_alone.written(bytes_alone.ids_of(" a")[0]) == "␣"
    assert bytes_alone.written(bytes_alone.ids_of("a")[0]) == "a"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("bert with a head", "BertForMaskedLM"),
        ("distilbert with a head", "DistilBertForMaskedLM"),
        ("roberta with a head", "RobertaForMaskedLM"),
    ],
)
def test_a_head_for_masked_words_says_what_the_reference_s_says(folder_of: FolderOf, kind: str, name: str) -> None:
    import transformers

    model = open_model(folder_of(kind))
    trace = model.trace("the cat sat" if "roberta" not in kind else "ab", dtype="float64")
    theirs = getattr(transformers, name).from_pretrained(folder_of(kind)).double().eval()
    with torch.no_grad():
        wanted = theirs(torch.tensor([[token.id for token in trace.tokens]])).logits[0]
    assert score_of(model) == "masked"
    assert model.parts.masked is not None
    assert float((model.parts.masked.logits(streams(model, trace)[-1]) - wanted).abs().max()) <= 1e-12
    (said,) = guesses(model, streams(model, trace)[-1][1:2], 2)
    assert said[0].score == pytest.approx(float(wanted[1].softmax(-1).max()), abs=1e-5)
