"""English contractions, cut as the Penn treebank cuts them, in the words that they stand for."""

import pytest

from attnlab.text import spelled_out, with_apostrophes


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("wouldn't", "would not"),
        ("Didn’t", "did not"),
        ("won't", "will not"),
        ("can't", "can not"),
        ("SHAN'T", "shall not"),
        ("wasn't", "was not"),
        ("isn´t", "is not"),
        ("they'll", "they will"),
        ("they're", "they are"),
        ("we've", "we have"),
        ("I’m", "i am"),
        ("It's", "it is"),
        ("who's", "who is"),
        ("Anna's", "anna 's"),
        ("he'd", "he 'd"),
        ("shouldn't've", "should not have"),
        ("it'll've", "it will have"),
        ("Let's", "let us"),
        ("'Cause", "because"),
        ("’tis", "it is"),
        ("cannot", "cannot"),
        ("n't", "n't"),
        ("'s", "'s"),
        ("l'homme", "l'homme"),
        ("o'clock", "o'clock"),
        ("ant", "ant"),
    ],
)
def test_a_contraction_comes_apart_and_any_other_word_stays(word: str, parts: str) -> None:
    assert " ".join(spelled_out(word)) == parts


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("don´t", "don't"), ("I didn`t", "I didn't"), ("a ´quoted´ word", "a ´quoted´ word"), ("´", "´")],
)
def test_an_accent_between_letters_is_an_apostrophe(typed: str, meant: str) -> None:
    assert with_apostrophes(typed) == meant
