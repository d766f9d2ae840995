"""What the start page tells of a head, against MiniLM's own trace."""

import pytest
import torch

from attnlab.looks.layers import Asked, asked
from attnlab.looks.listening import heads_by_kind, listening, meanings
from attnlab.pictures.listening import listening_picture
from attnlab.pretrained import Model
from attnlab.settings.start import Start
from tests.pictures.payloads import decoded

WIDE = "The animal did not cross the street because it was too wide."


def of(settings: Start, pretrained: bool = True) -> Asked:
    return asked(settings.explorer(pretrained))


def test_words_keep_their_own_shares_and_what_the_model_adds_is_told(minilm: Model) -> None:
    settings = Start()
    found = listening(of(settings), settings.word - 1)
    trace = minilm.trace(settings.text)
    weights = trace.attentions[settings.layer - 1, settings.head - 1]
    assert found.tokens == tuple(token.label for token in trace.tokens if not token.special)
    torch.testing.assert_close(found.weights, weights[1:-1, 1:-1], rtol=0, atol=1e-6)
    torch.testing.assert_close(found.added, weights[1:-1, [0, -1]].sum(-1), rtol=0, atol=1e-6)
    torch.testing.assert_close(found.weights.sum(-1) + found.added, torch.ones(len(found.tokens)), rtol=0, atol=1e-5)
    products = found.queries @ found.keys.T / found.queries.shape[1] ** 0.5
    torch.testing.assert_close(found.scores, products, rtol=0, atol=1e-4)


@pytest.mark.usefixtures("minilm")
def test_the_page_opens_on_a_word_that_finds_what_it_means() -> None:
    settings = Start()
    row = listening(of(settings), settings.word - 1)
    assert row.tokens[row.word] == "it"
    assert row.tokens[int(row.weights[row.word].argmax())] == "animal"
    assert float(row.weights[row.word].max()) > 0.6
    other = listening(of(Start(text=WIDE)), settings.word - 1)
    animal = other.tokens.index("animal")
    assert float(other.weights[other.word, animal]) < float(row.weights[row.word, animal]) / 2


def test_heads_of_a_kind_spend_most_on_it(minilm: Model) -> None:
    settings = Start()
    kinds = heads_by_kind(of(settings))
    layer, head = kinds["previous"]
    attentions = minilm.trace(settings.text).attentions
    previous = attentions.diagonal(-1, 2, 3).mean(-1)
    assert (layer, head) == divmod(int(previous.argmax()), previous.shape[1])
    assert float(previous[layer, head]) > 0.9


@pytest.mark.usefixtures("minilm")
def test_a_word_beyond_the_last_is_the_last() -> None:
    found = listening(of(Start(text="Two words")), 99)
    assert found.word == 1


def test_without_the_model_heads_that_are_built_are_told_without_meanings() -> None:
    found = listening(of(Start(), pretrained=False), 8)
    assert not found.added.any()
    assert meanings(found) is None
    assert heads_by_kind(found.asked) == {}
    header = decoded(listening_picture(found)).header
    assert header["kinds"] == header["meanings"] == []
