"""What a text becomes: pieces with their letters, cut where the model ends; and which texts are refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from attnlab.engine import SpecError
from attnlab.pretrained import Model, open_model
from attnlab.pretrained.files.tokens import MAX_CHARACTERS


@pytest.fixture
def bert(folder_of: Callable[[str], Path]) -> Model:
    return open_model(folder_of("bert"))


@pytest.fixture
def gpt2(folder_of: Callable[[str], Path]) -> Model:
    return open_model(folder_of("gpt2"))


def test_a_token_says_its_piece_its_letters_and_its_word(bert: Model) -> None:
    tokens = bert.trace("The cats, 😂").tokens
    assert [token.piece for token in tokens] == ["[CLS]", "the", "cat", "##s", ",", "[UNK]", "[SEP]"]
    assert [token.text for token in tokens] == ["", "The", "cat", "s", ",", "😂", ""]
    assert [token.label for token in tokens] == ["[CLS]", "The", "cat", "s", ",", "😂", "[SEP]"]
    assert [token.special for token in tokens] == [True, *[False] * 5, True]
    assert [token.word for token in tokens] == [None, 0, 1, 1, 2, 3, None]


def test_a_mark_that_is_typed_is_a_word_of_the_text(bert: Model) -> None:
    tokens = bert.trace("a [SEP] b").tokens
    assert [(token.label, token.special) for token in tokens[1:-1]] == [("a", False), ("[SEP]", False), ("b", False)]


def test_words_of_a_second_text_are_counted_on(bert: Model) -> None:
    tokens = bert.trace("cats sat", "a mat").tokens
    assert [token.text for token in tokens] == ["", "cat", "s", "sat", "", "a", "mat", ""]
    assert [token.word for token in tokens] == [None, 0, 0, 1, None, 2, 3, None]
    assert [token.segment for token in tokens] == [0] * 5 + [1] * 3
    assert [token.second for token in tokens] == [False] * 5 + [True, True, False]


def test_bytes_of_one_sign_share_its_letters(gpt2: Model) -> None:
    tokens = gpt2.trace("é!").tokens
    assert [token.text for token in tokens] == ["é", "é", "!"]


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [(100, None, (39, 0)), (39, None, (39, 0)), (100, 3, (35, 3)), (3, 100, (3, 35)), (100, 100, (19, 19))],
)
def test_what_is_too_long_is_cut_and_counted(
    bert: Model, first: int, second: int | None, kept: tuple[int, int]
) -> None:
    trace = bert.trace("a " * first, None if second is None else "b " * second)
    read = [token for token in trace.tokens if not token.special]
    assert (sum(token.text == "a" for token in read), sum(token.text == "b" for token in read)) == kept
    assert trace.cut == first + (second or 0) - sum(kept)
    assert len(trace.tokens) <= 41
    assert trace.tokens[-1].piece == "[SEP]"


def test_padding_and_truncation_of_the_file_are_off(bert: Model) -> None:
    assert len(bert.trace("a").tokens) == 3
    assert len(bert.trace("a b c d e f").tokens) == 8


REFUSALS = {
    "nothing": ("", r"^text \(''\) must hold something to read"),
    "spaces": (" \n\t", r"^text \(' \\n\\t'\) must hold something to read"),
    "controls": ("\x00\x01", r"^text \(.*\) must hold something to read"),
    "half a pair": ("a\ud83d", r"^text \(.*\) must be UTF-8"),
    "too much": ("a" * (MAX_CHARACTERS + 1), r"^text \(100001 characters\) must be written in at most 100000"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_text_that_cannot_be_read_is_refused(bert: Model, name: str) -> None:
    text, message = REFUSALS[name]
    with pytest.raises(SpecError, match=message):
        bert.trace(text)
    with pytest.raises(SpecError, match=message.replace("text", "second")):
        bert.trace("a", text)
    with pytest.raises(SpecError, match=message.replace("text", "word")):
        bert.similarity("a", text)


def test_the_longest_text_is_read_as_far_as_the_model_goes(bert: Model) -> None:
    assert bert.trace("a " * (MAX_CHARACTERS // 2)).cut == MAX_CHARACTERS // 2 - 39


def test_a_text_of_unknown_signs_alone_is_a_text(bert: Model) -> None:
    assert [token.label for token in bert.trace("😂 🙂").tokens] == ["[CLS]", "😂", "🙂", "[SEP]"]


def test_a_decoder_reads_one_text(gpt2: Model) -> None:
    with pytest.raises(SpecError, match=r"^second \('b'\) must be left out beside a decoder: gpt2 reads one text"):
        gpt2.trace("a", "b")


def test_another_dtype_is_refused(bert: Model) -> None:
    with pytest.raises(SpecError, match=r"^dtype \('int8'\) must be one of float32, float64"):
        bert.trace("a", dtype="int8")


@pytest.mark.parametrize("count", [0, 308])
def test_more_neighbours_than_there_are_words_are_refused(bert: Model, count: int) -> None:
    with pytest.raises(SpecError, match=rf"^count \({count}\) must be between 1 and 307"):
        bert.nearest("cat", count)


def test_a_row_of_the_embedding_without_a_word_has_no_name(bert: Model) -> None:
    assert len(bert.nearest("cat", 307)) == 307
