"""What a model reads of what somebody typed, and what it says it does not know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnlab.models.vocabulary import Vocabulary
from attnlab.tasks import PRESETS, TASKS, worked_example
from attnlab.text import MAX_CHARACTERS, PAD

RECALL = Vocabulary(("·", "k1", "k2", "v1", "v2"))
LETTERS = Vocabulary(("A", "B", "C", "<end>"))
SENTIMENT = Vocabulary((PAD, "<end>", "not", "the", "film", "was", ",", "good"))
CHARACTERS = Vocabulary(("<unk>", " ", "T", "a", "c", "e", "h", "t"))
ALL = (RECALL, LETTERS, SENTIMENT, CHARACTERS)


@pytest.mark.parametrize(
    ("vocabulary", "sentence", "tokens", "unknown"),
    [
        (RECALL, "k1 v2 · k1", ("k1", "v2", "·", "k1"), ()),
        (RECALL, "k1 v2 k9 v2 k9", ("k1", "v2", "v2"), ("k9",)),
        (RECALL, "K1,v2", ("k1", "v2"), (",",)),
        (LETTERS, "ABBA", ("A", "B", "B", "A"), ()),
        (LETTERS, "A B <end>", ("A", "B", "<end>"), ()),
        (LETTERS, "a AxB x", ("A", "B"), ("a", "x")),
        (SENTIMENT, "The film, was GOOD <end>", ("the", "film", ",", "was", "good", "<end>"), ()),
        (SENTIMENT, "the best film.", ("the", "film"), ("best", ".")),
        (SENTIMENT, "<pad> the", ("the",), ("<", "pad", ">")),
        (CHARACTERS, "The cat", ("T", "h", "e", " ", "c", "a", "t"), ()),
        (CHARACTERS, "the <unk>", ("t", "h", "e", " "), ("<", "u", "n", "k", ">")),
        (CHARACTERS, "tHe", ("t", "e"), ("H",)),
        (RECALL, "", (), ()),
        (RECALL, "\x00\u200b", (), ()),
    ],
)
def test_a_sentence_becomes_the_known_tokens_and_the_unknown_ones_are_named(
    vocabulary: Vocabulary, sentence: str, tokens: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    encoded = vocabulary.encode(sentence, 128)
    assert (encoded.text.tokens, encoded.unknown) == (tokens, unknown)
    assert tuple(vocabulary.symbols[number] for number in encoded.ids) == tokens


def test_a_long_sentence_is_cut_and_its_length_told() -> None:
    encoded = RECALL.encode("k1 v1 " * 30, 7)
    assert (len(encoded.ids), encoded.text.total, encoded.text.left_out) == (7, 60, 53)


def test_only_so_much_is_read_of_a_megabyte() -> None:
    encoded = RECALL.encode("k1 " * 400_000, 5)
    assert encoded.text.unread == 1_200_000 - MAX_CHARACTERS


@given(st.sampled_from(ALL), st.text(max_size=80))
def test_whatever_is_typed_no_id_is_guessed(vocabulary: Vocabulary, sentence: str) -> None:
    encoded = vocabulary.encode(sentence, 16)
    assert len(encoded.ids) == len(encoded.text.tokens) <= 16
    assert not set(encoded.unknown) & set(vocabulary.symbols) - {PAD}
    for token, number in zip(encoded.text.tokens, encoded.ids, strict=True):
        assert vocabulary.symbols[number] == token != PAD
        assert token.casefold() in sentence.casefold()


# adding, series and digits have no words, a translation reads and writes two vocabularies
@pytest.mark.parametrize("name", sorted(TASKS.keys() - {"adding", "digits", "series", "translation"}))
def test_the_worked_example_of_every_task_reads_back_as_it_is(name: str) -> None:
    task = TASKS[name](**PRESETS[name]["example"])
    symbols = task.info.symbols
    assert symbols is not None
    vocabulary = Vocabulary(symbols)
    wanted = tuple(token for token in worked_example(task).inputs if token != PAD)
    if wanted[-1] == " ":  # the end of a sentence is bare: a space typed there adds no token
        wanted = wanted[:-1]
    encoded = vocabulary.encode(vocabulary.joined(wanted), 128)
    assert (encoded.text.tokens, encoded.unknown) == (wanted, ())
