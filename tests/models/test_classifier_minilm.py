"""MiniLM as the embedding of a classifier: its vectors, what is remembered, and what a forged file may not do."""

from typing import TYPE_CHECKING

import pytest
import torch

from attnlab.byte_cache import SHARED, bytes_of
from attnlab.engine import SpecError
from attnlab.models import ClassifierConfig, ClassifierModel, count_parameters
from attnlab.models.classifier import MiniLmEmbedding, word_influence, word_occlusion
from attnlab.models.classifier import minilm as embedding
from attnlab.text import PAD, UNKNOWN

if TYPE_CHECKING:
    from attnlab.pretrained import Model

SYMBOLS = (PAD, UNKNOWN, "the", "film", "unbelievably", "don't", "good")
CONFIG = ClassifierConfig(family="minilm", vocab_size=len(SYMBOLS), num_classes=2, max_len=6, d_model=384)
pytestmark = pytest.mark.usefixtures("minilm")


def judge() -> ClassifierModel:
    model = ClassifierModel(CONFIG).eval()
    assert isinstance(model.embedding, MiniLmEmbedding)
    model.embedding.spell(SYMBOLS)
    return model


def test_each_word_is_the_mean_of_its_pieces_in_the_trace_of_the_text(minilm: "Model") -> None:
    words = torch.tensor([[2, 3, 4, 5, 6], [2, 6, 0, 0, 0]])
    vectors = judge().embed(words)
    for row, text in ((0, "the film unbelievably don't good"), (1, "the good")):
        trace = minilm.trace(text)
        at = 1
        for place, word in enumerate(text.split()):
            count = len(minilm.reader.ids_of(word))
            wanted = trace.hidden_states[-1][at : at + count].mean(0)
            assert torch.allclose(vectors[row, place], wanted, atol=2e-5)
            at += count
    assert not vectors[1, 2:].any()


def test_a_word_that_its_vocabulary_lacks_is_read_as_minilm_itself_reads_it(minilm: "Model") -> None:
    model = judge().knowing(("zorpishly", "café"))
    text, ids = "the film zorpishly café", [2, 3, 7, 8]
    spelling = [piece for ids in model.embedding._spelling(torch.tensor([ids]))[0].tolist() for piece in ids]
    trace = minilm.trace(text)
    assert [piece for piece in spelling if piece >= 0] == [token.id for token in trace.tokens[1:-1]]
    word = [place for place, token in enumerate(trace.tokens) if token.word == 2]
    vectors = model.embed(torch.tensor([ids]))
    assert torch.allclose(vectors[0, 2], trace.hidden_states[-1][word].mean(0), atol=2e-5)
    assert not torch.allclose(model(torch.tensor([ids])), model(torch.tensor([[2, 3, 1, 1]])), atol=1e-3)
    with pytest.raises(ValueError, match=r"words \(7\) must be below 7"):
        judge()(torch.tensor([[7]]))


def test_means_are_kept_by_their_spelling_alone_and_within_the_bound_of_all() -> None:
    embedding.mean_of.cache_clear()
    first, second = judge().knowing(("zorp",)), judge().knowing(("glib",))
    words = torch.tensor([[2, 7]])
    before = SHARED.held
    assert not torch.allclose(first(words), second(words), atol=1e-3)
    assert SHARED.held > before
    spelling = first.embedding._spelling(words)[0].numpy().tobytes()
    assert embedding.mean_of.holds(spelling)
    assert sum(bytes_of(value) for value in vars(first.embedding).values() if isinstance(value, torch.Tensor)) < 1000


def test_a_text_is_judged_the_same_alone_beside_longer_ones_and_from_memory() -> None:
    model, words = judge(), torch.tensor([[2, 3, 4, 5, 6], [3, 6, 0, 0, 0], [1, 0, 0, 0, 0]])
    first, means = model(words), model.embedding.means(words)
    assert torch.equal(model(words), first)
    embedding.mean_of.cache_clear()
    assert torch.equal(judge().embedding.means(words[1:2]), means[1:2])
    assert torch.allclose(judge()(words[1:2]), first[1:2], atol=1e-5)
    assert torch.allclose(model.trace(words).logits, first, atol=1e-5)


def test_a_word_that_it_cannot_spell_changes_nothing() -> None:
    model = judge()
    known, unknown = torch.tensor([[2, 3, 6]]), torch.tensor([[2, 1, 3, 1, 6, 1]])
    assert torch.allclose(model(unknown), model(known), atol=1e-5)
    trace = model.trace(unknown)
    assert torch.allclose(trace.logits, model(known), atol=1e-5)
    assert trace.shares is not None
    assert torch.allclose(trace.shares[0], torch.tensor([1, 0, 1, 0, 1, 0]) / 3)


def test_the_head_alone_is_trained_and_words_can_be_weighed() -> None:
    model, text = judge(), torch.tensor([[2, 3, 6]])
    assert {name for name, _ in model.named_parameters()} == {"head.weight", "head.bias"}
    assert count_parameters(CONFIG) == (0, 2 * 384 + 2)
    assert word_influence(model, text).shape == word_occlusion(model, text).drop.shape == (3,)


def test_pieces_that_are_none_of_minilms_are_refused() -> None:
    model = judge()
    model.embedding.get_buffer("pieces")[2, 0] = 32_000
    with pytest.raises(SpecError, match="pieces must be ids of MiniLM"):
        model(torch.tensor([[2]]))


def test_where_it_is_not_installed_a_model_of_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    model = judge()
    monkeypatch.setattr(embedding, "minilm_is_here", lambda: False)
    embedding.opened.cache_clear()
    embedding.mean_of.cache_clear()
    with pytest.raises(SpecError, match="must be installed"):
        model(torch.tensor([[2]]))
