"""Words from tokens and sentences from words."""

import pytest

from attnlab.tasks import readable
from attnlab.tasks.translation.text import split_words
from attnlab.text import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It doesn't fall", "it does not fall"),
        ("I don’t, we DIDN'T.", "i do not , we did not ."),
        ("I won't, I can't, I shan't", "i will not , i can not , i shall not"),
        ("L'homme n’aime pas l'œuf", "l' homme n' aime pas l' œuf"),
        ("aujourd'hui", "aujourd' hui"),
        ("n't", "n' t"),
        ("'quoted'", "' quoted '"),
        ("Straße", "strasse"),
    ],
)
def test_words_of_their_own_are_split(text: str, expected: str) -> None:
    assert " ".join(split_words(words(text))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's Anna’s book", "it is anna 's book"),
        ("They'll say we've WON'T", "they will say we have will not"),
        ("I'm here, he'd go", "i am here , he 'd go"),
        ("Isn't it? They're not.", "is not it ? they are not ."),
        ("'Cause it wasn't", "because it was not"),
        ("o'clock", "o' clock"),
    ],
)
def test_an_english_word_is_not_cut_like_a_french_elision(text: str, expected: str) -> None:
    assert " ".join(split_words(words(text), english=True)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l' école est près d' anna .", "L'école est près d'Anna."),
        ("école", "École"),
        ("but i see paul and marie .", "But I see Paul and Marie."),
        ("où ? là , là !", "Où? là, là!"),
        ("<unk> est <unk> .", "<unk> est <unk>."),
        ("", ""),
    ],
)
def test_a_sentence_is_readable(text: str, expected: str) -> None:
    assert readable(text.split()) == expected
