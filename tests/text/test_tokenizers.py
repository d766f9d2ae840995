"""The sentence a teacher types, and every sentence nobody should: what tokens it becomes.

Odd characters are written as escapes, so that two that look alike cannot be confused here.
"""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from collections.abc import Sequence

import pytest
import regex  # type: ignore[import-untyped, unused-ignore]
from hypothesis import example, given, settings
from hypothesis import strategies as st

from attnlab.paths import ROOT
from attnlab.text import (
    MAX_CHARACTERS,
    MAX_TOKEN_LENGTH,
    PAD,
    TOKENIZERS,
    cleaned,
    tokenize,
    words_of_many,
)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
FRANCE = "\U0001f1eb\U0001f1f7"
HALF_A_FLAG = "\U0001f1eb"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
DARK_THUMB = "\U0001f44d\U0001f3ff"
KEYCAP_ONE = "1\ufe0f\u20e3"
E_ACUTE = "\u00e9"
E_THEN_ACUTE = "e\u0301"
EVERYTHING = 10**6
"""A limit that no sentence reaches."""

every_tokenizer = pytest.mark.parametrize("tokenizer", TOKENIZERS)


def tokens_of(sentence: str, tokenizer: str) -> list[str]:
    return list(tokenize(sentence, tokenizer, limit=EVERYTHING).tokens)


# --- words, by table ----------------------------------------------------------


WORDS: dict[str, tuple[str, list[str]]] = {
    "a plain sentence": ("The cat sat.", ["The", "cat", "sat", "."]),
    "case is kept": ("US us", ["US", "us"]),
    "apostrophe inside": ("don't l'homme rock'n'roll 90's", ["don't", "l'homme", "rock'n'roll", "90's"]),
    "curly apostrophe inside": ("don\u2019t", ["don\u2019t"]),
    "apostrophe outside": ("'xis the dogs' f'(x)", ["'", "xis", "the", "dogs", "'", "f", "'", "(", "x", ")"]),
    "an accent for an apostrophe": ("don\u00b4t a \u00b4b\u00b4", ["don\u00b4t", "a", *"\u00b4b\u00b4"]),
    "an apostrophe in front": ("'cause \u2019Tis get 'em", ["'cause", "\u2019Tis", "get", "'em"]),
    "the same word in quotes": ("'cause' 'causes'", ["'", "cause", "'", "'", "causes", "'"]),
    "dates": ("2024-03-05, 3/5/24 (5-3-2024)", ["2024-03-05", ",", "3/5/24", "(", "5-3-2024", ")"]),
    "dates with full stops, and after the year": ("5.3.2024 2024/3/5.", ["5.3.2024", "2024/3/5", "."]),
    "times": ("10:30, 9:05:59 10:30pm", ["10:30", ",", "9:05:59", "10:30", "pm"]),
    "no date and no time": ("1/2 3-2 12:3 3/5/245", [*"1/2", *"3-2", "12", *":3", *"3/5/", "245"]),
    "a date and a time of a log": ("2024-03-05T10:00Z", ["2024-03-05", "T10", ":", "00Z"]),
    "addresses": (
        "(see https://x.org/a?b=c#d), www.x.org! ann.b+c@mail.x.org.",
        ["(", "see", "https://x.org/a?b=c#d", ")", ",", "www.x.org", "!", "ann.b+c@mail.x.org", "."],
    ),
    "an address in markup": ('<a href="http://x.y">z', [*"<a", "href", *'="', "http://x.y", *'">z']),
    "an address without either sign": ("x.org @ann q@k.T", ["x", ".", "org", "@", "ann", *"q@k.T"]),
    "an address before Han": ("www.x.org\u770b", ["www.x.org", "\u770b"]),
    "abbreviations": ("U.S.A., e.g. this U.S.", ["U.S.A.", ",", "e.g.", "this", "U.S."]),
    "abbreviations in other scripts": ("\u0442.\u0435. U.S.A", ["\u0442.\u0435.", "U.S.A"]),
    "letters before a word": ("U.S.Army etc.", ["U", ".", "S", ".", "Army", "etc", "."]),
    "two apostrophes": ("a''b", ["a", "'", "'", "b"]),
    "hyphen": ("well-known", ["well", "-", "known"]),
    "decimal and thousands": ("3.14 1,000 1,000.50", ["3.14", "1,000", "1,000.50"]),
    "Swiss and Arabic separators": (
        "1'000 1\u2019000 \u0663\u066b\u0661",
        ["1'000", "1\u2019000", "\u0663\u066b\u0661"],
    ),
    "number ends a sentence": ("It is 3.", ["It", "is", "3", "."]),
    "number begins with a point": (".5 p.5", [".", "5", "p", ".", "5"]),
    "signs and units": ("-3 50% $5 10:3", ["-", "3", "50", "%", "$", "5", "10", ":", "3"]),
    "letters with digits": ("GPT4 4th x\u00b2", ["GPT4", "4th", "x\u00b2"]),
    "punctuation, one by one": ("Wait...?!", ["Wait", ".", ".", ".", "?", "!"]),
    "spaces of every kind": (
        "a\nb\tc\u00a0d\u3000e\u2028f\r\ng\u0085h  i",
        list("abcdefghi"),
    ),
    "Catalan dot, product dot": (
        "col\u00b7lega q\u00b7k 2\u00b73",
        ["col\u00b7lega", *"q\u00b7k", *"2\u00b73"],
    ),
    "emoji": (f"{FAMILY}{FRANCE}{ENGLAND}{DARK_THUMB}", [FAMILY, FRANCE, ENGLAND, DARK_THUMB]),
    "emoji beside a word": (f"hi{FAMILY}you", ["hi", FAMILY, "you"]),
    "keycaps are no digits": (f"a{KEYCAP_ONE}{KEYCAP_ONE} 1", ["a", KEYCAP_ONE, KEYCAP_ONE, "1"]),
    "three halves of a flag": (HALF_A_FLAG * 3, [HALF_A_FLAG * 2, HALF_A_FLAG]),
    "Chinese": ("\u6211\u7231\u4f60\u3002", ["\u6211", "\u7231", "\u4f60", "\u3002"]),
    "Han beside Latin and digits": ("2024\u5e74GPT\u4e2d", ["2024", "\u5e74", "GPT", "\u4e2d"]),
    "kana and its lengthening mark": (
        "\u30b3\u30fc\u30d2\u30fc\u3092",
        list("\u30b3\u30fc\u30d2\u30fc\u3092"),
    ),
    "hiragana": ("\u3059\u3057", ["\u3059", "\u3057"]),
    "halfwidth kana and its voicing": ("\uff76\uff9e\uff77", ["\uff76\uff9e", "\uff77"]),
    "Thai": (
        "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
        ["\u0e2a", "\u0e27\u0e31", "\u0e2a", "\u0e14\u0e35"],
    ),
    "Thai digits are a number": ("\u0e51\u0e52", ["\u0e51\u0e52"]),
    "Lao": ("\u0ea5\u0eb2\u0ea7", ["\u0ea5", "\u0eb2", "\u0ea7"]),
    "Khmer": ("\u1781\u17d2\u1798\u17c2\u179a", ["\u1781\u17d2\u1798\u17c2", "\u179a"]),
    "Myanmar vowel stays with its base": (
        "\u1019\u103c\u1014\u103a\u1019\u102c",
        ["\u1019\u103c", "\u1014\u103a", "\u1019\u102c"],
    ),
    "Hangul": ("\ud55c\uad6d\uc5b4 \ubb38\uc7a5", ["\ud55c\uad6d\uc5b4", "\ubb38\uc7a5"]),
    "Devanagari marks stay in the word": (
        "\u0928\u092e\u0938\u094d\u0924\u0947 \u092d\u093e",
        ["\u0928\u092e\u0938\u094d\u0924\u0947", "\u092d\u093e"],
    ),
    "Hebrew in logical order": (
        "\u05e9\u05dc\u05d5\u05dd, \u05e6\u05d4\u05f4\u05dc",
        ["\u05e9\u05dc\u05d5\u05dd", ",", "\u05e6\u05d4\u05f4\u05dc"],
    ),
    "an Arabic number sign": ("\u0600\u0661\u0662 \u0600 a", ["\u0600\u0661\u0662", "\u0600", "a"]),
    "a stray accent": ("a \u0301b", ["a", "\u0301", "b"]),
    # The names of the special tokens and other people's syntax are ordinary text.
    "mask": ("[MASK]", ["[", "MASK", "]"]),
    "pad": ("<pad>", ["<", "pad", ">"]),
    "pad around": ("a<pad>b", ["a", "<", "pad", ">", "b"]),
    "dunder": ("__proto__", ["_", "_", "proto", "_", "_"]),
    "a.b": ("a.b datum.x", ["a", ".", "b", "datum", ".", "x"]),
    "formula": ("=1+1", ["=", "1", "+", "1"]),
    "markdown colour": (":red[x]", [":", "red", "[", "x", "]"]),
    "template": ("{{7*7}}", ["{", "{", "7", "*", "7", "}", "}"]),
    "script": ("<script>", ["<", "script", ">"]),
    "image tag": ("<img onerror>", ["<", "img", "onerror", ">"]),
    "markdown image": ("![a](b)", list("![a](b)")),
    "TeX": (r"$\def\a{\a\a}\a$", ["$", "\\", "def", *r"\a{\a\a}\a$"]),
}


@pytest.mark.parametrize(("sentence", "expected"), WORDS.values(), ids=WORDS.keys())
def test_words_of_a_sentence(sentence: str, expected: list[str]) -> None:
    assert tokens_of(sentence, "words") == expected


# --- characters, by table -----------------------------------------------------


CHARACTERS: dict[str, tuple[str, list[str]]] = {
    "letters and a space": ("a cat", ["a", " ", "c", "a", "t"]),
    "white space is one space": ("\t a \n\u00a0 b\r\n", ["a", " ", "b"]),
    "emoji": (f"{FAMILY}{FRANCE}{DARK_THUMB}{KEYCAP_ONE}", [FAMILY, FRANCE, DARK_THUMB, KEYCAP_ONE]),
    "an accent": (f"caf{E_THEN_ACUTE}", ["c", "a", "f", E_ACUTE]),
    "an accent without a composed form": ("q\u0301a", ["q\u0301", "a"]),
    "a stray accent leaves the space alone": ("a \u0301b", ["a", " ", "\u0301", "b"]),
    "Devanagari conjunct": ("\u0915\u094d\u0937\u093f", ["\u0915\u094d\u0937\u093f"]),
    "Myanmar vowel stays with its base": ("\u1019\u102c\u1019", ["\u1019\u102c", "\u1019"]),
    "an Arabic number sign and its digit": ("\u0600\u0661\u0662", ["\u0600\u0661", "\u0662"]),
    "an Arabic number sign without digits": ("\u0600 a", ["\u0600", " ", "a"]),
    "pad": ("<pad>", ["<", "p", "a", "d", ">"]),
}


@pytest.mark.parametrize(("sentence", "expected"), CHARACTERS.values(), ids=CHARACTERS.keys())
def test_characters_of_a_sentence(sentence: str, expected: list[str]) -> None:
    assert tokens_of(sentence, "characters") == expected


# --- cleaning -----------------------------------------------------------------


HIDDEN = {
    "NUL": "\0",
    "ESC": "\x1b",
    "DEL": "\x7f",
    "file separator": "\x1c",
    "lone surrogate": "\ud83d",
    "zero-width space": "\u200b",
    "left-to-right mark": "\u200e",
    "bidi override": "\u202e",
    "bidi isolate": "\u2068",
    "word joiner": "\u2060",
    "soft hyphen": "\u00ad",
    "Hangul filler": "\u3164",
    "BOM": "\ufeff",
    "annotation anchor": "\ufff9",
    "language tag": "\U000e0001",
}


@every_tokenizer
@pytest.mark.parametrize("character", HIDDEN.values(), ids=HIDDEN.keys())
def test_a_hidden_character_changes_no_token_and_is_counted(character: str, tokenizer: str) -> None:
    tokenized = tokenize(f"{character}the c{character}at{character}", tokenizer)

    assert tokenized.tokens == tokenize("the cat", tokenizer).tokens
    assert tokenized.dropped == 3


@every_tokenizer
@pytest.mark.parametrize("joiner", ["\u200c", "\u200d", "\ufe0f", "\U000e0067"])
def test_a_joiner_stays_in_a_cluster_and_goes_where_it_joins_nothing(joiner: str, tokenizer: str) -> None:
    assert tokenize(f"a{joiner}", tokenizer).tokens == (f"a{joiner}",)

    astray = tokenize(f"{joiner}a {joiner} \0{joiner}b", tokenizer)
    assert astray.tokens == tokenize("a b", tokenizer).tokens
    assert astray.dropped == 4


@every_tokenizer
@pytest.mark.parametrize("sentence", ["", " ", "\n" * 10_000, "\u200b", "\u00a0\u200b\t\u200d\ufeff", "\u3164\0"])
def test_a_sentence_without_a_visible_character_has_no_tokens(sentence: str, tokenizer: str) -> None:
    tokenized = tokenize(sentence, tokenizer)
    assert (tokenized.tokens, tokenized.total) == ((), 0)


@every_tokenizer
def test_the_same_word_typed_in_two_ways_is_the_same_token(tokenizer: str) -> None:
    composed = tokenize(f"caf{E_ACUTE}", tokenizer)

    assert tokenize(f"caf{E_THEN_ACUTE}", tokenizer).tokens == composed.tokens
    assert tokenize("cafe\u200b\u0301", tokenizer).tokens == composed.tokens
    assert tokenize(f"caf{E_THEN_ACUTE}", tokenizer).dropped == 0


UNCHANGED = {
    "Turkish capital dotted I": "\u0130stanbul",
    "Turkish dotless i": "\u0131rmak",
    "sharp s": "Stra\u00dfe",
    "capital sharp s": "STRA\u1e9eE",
    "fi ligature": "\ufb01sh",
    "fullwidth letter": "\uff21b",
}


@pytest.mark.parametrize("word", UNCHANGED.values(), ids=UNCHANGED.keys())
def test_letters_that_case_or_compatibility_would_change_stay_as_typed(word: str) -> None:
    assert tokens_of(word, "words") == [word]
    assert tokens_of(word, "characters") == list(word)


def test_a_capital_i_and_a_dot_above_are_the_turkish_letter() -> None:
    assert tokens_of("I\u0307", "words") == ["\u0130"]


# --- bounds -------------------------------------------------------------------


@every_tokenizer
def test_tokens_beyond_the_limit_are_counted(tokenizer: str) -> None:
    tokenized = tokenize("a b c d", tokenizer, limit=3)

    assert tokenized.tokens == tuple(tokens_of("a b c d", tokenizer)[:3])
    assert tokenized.total == len(tokens_of("a b c d", tokenizer))
    assert tokenized.left_out == tokenized.total - 3


@every_tokenizer
def test_a_sentence_of_just_the_limit_is_read_to_its_end(tokenizer: str) -> None:
    tokenized = tokenize("!" * 128, tokenizer)
    assert (len(tokenized.tokens), tokenized.left_out, tokenized.unread) == (128, 0, 0)


def test_the_same_word_128_times_is_128_tokens() -> None:
    assert tokenize("same " * 128, "words").tokens == ("same",) * 128


def test_only_the_first_characters_are_read_and_the_rest_is_counted() -> None:
    tokenized = tokenize(" " * (MAX_CHARACTERS - 1) + "ab", "words")
    assert (tokenized.tokens, tokenized.unread) == (("a",), 1)


def test_a_hundred_thousand_letters_are_read_up_to_the_bound() -> None:
    as_words = tokenize("a" * 100_000, "words")
    as_characters = tokenize("a" * 100_000, "characters")

    assert "".join(as_words.tokens) == "a" * MAX_CHARACTERS
    assert (as_characters.total, as_characters.left_out) == (MAX_CHARACTERS, MAX_CHARACTERS - 128)
    assert as_words.unread == as_characters.unread == 100_000 - MAX_CHARACTERS


@every_tokenizer
def test_a_thousand_marks_on_one_letter_keep_thirty(tokenizer: str) -> None:
    tokenized = tokenize("q" + "\u0301" * 1000 + "a", tokenizer)
    assert "".join(tokenized.tokens) == "q" + "\u0301" * 30 + "a"
    assert tokenized.dropped == 970


@every_tokenizer
def test_marks_that_composing_doubles_are_trimmed_again(tokenizer: str) -> None:
    tokenized = tokenize("q" + "\u0344" * 1000, tokenizer)
    assert tokenized.tokens == ("q" + "\u0308\u0301" * 15,)
    assert tokenized.dropped == 1000  # 970 as typed, then 30 of the 60 that the rest became


def test_a_word_of_just_the_longest_length_stays_whole() -> None:
    assert tokens_of("a" * MAX_TOKEN_LENGTH, "words") == ["a" * MAX_TOKEN_LENGTH]


LONG_TOKENS = {
    "letters": "a" * 1000,
    "letters with marks": "q\u0301\u0323" * 500,
    "numbers": "1,23" * 500 + "4",
    "apostrophes": "a'" * 500 + "a",
    "curly apostrophes": "ab\u2019" * 500 + "a",
    "Catalan": "l\u00b7" * 500 + "l",
    "gershayim": "\u05d0\u05f4" * 500 + "\u05d0",
    "one cluster of emoji": "\U0001f469\u200d" * 500,
    "one cluster of Devanagari": "\u0915\u094d" * 500,
    "one cluster of jamo": "\u1100" * 500,
}


@pytest.mark.parametrize("word", LONG_TOKENS.values(), ids=LONG_TOKENS.keys())
def test_a_longer_token_is_cut_where_its_pieces_stay_tokens(word: str) -> None:
    pieces = tokens_of(word, "words")

    assert "".join(pieces) == cleaned(word)[0]
    assert max(map(len, pieces)) <= MAX_TOKEN_LENGTH
    assert len(pieces) <= len(word) / 30 + 1  # cut into few pieces, not shredded
    assert not any(is_mark(piece[0]) for piece in pieces)
    assert tokens_of(" ".join(pieces), "words") == pieces


@pytest.mark.parametrize(
    "word", ["http://" + "x.y/" * 250, "www." + "x" * 61, "a" * 60 + "@x.org", "a." * 500, "a." * 33 + "b", "a." * 10]
)
def test_what_is_too_long_to_be_one_word_is_cut_at_its_marks(word: str) -> None:
    pieces = tokens_of(word, "words")
    assert pieces == regex.findall(r"\w+|\W", word)
    assert tokens_of(" ".join(pieces), "words") == pieces


def test_an_address_of_just_the_longest_length_stays_whole() -> None:
    assert tokens_of("www." + "x" * 60, "words") == ["www." + "x" * 60]


def test_a_new_variant_need_not_think_of_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attnlab.text.tokenizers.TOKENIZERS", {"white space": str.split})

    assert tokens_of("-" * 65 + "a" * 65, "white space") == ["-"] * 65 + ["a" * 64, "a"]
    assert tokens_of("-- U.S.", "white space") == ["--", "U.S."]


# --- Chinese words --------------------------------------------------------------


CHINESE = {
    "words of the dictionary": ("我喜欢自然语言处理", ["我", "喜欢", "自然语言", "处理"]),
    "signs that are in no word of it": ("小猴把它吃了。", ["小", "猴", "把", "它", "吃", "了", "。"]),
    "other scripts beside it": ("我用Python 3.14写don't。", ["我", "用", "Python", "3.14", "写", "don't", "。"]),
    "a space parts words": ("自然 语言", ["自然", "语言"]),
    "no Han": ("The cat's 3.14", ["The", "cat's", "3.14"]),
    "kana go sign by sign": ("北京に住む", ["北京", *"に住む"]),
    "a sign with a mark": ("自\u0301然语言", ["自\u0301", "然", "语言"]),
}


@pytest.mark.parametrize(("sentence", "expected"), CHINESE.values(), ids=CHINESE.keys())
def test_han_is_cut_into_the_words_of_a_dictionary(sentence: str, expected: list[str]) -> None:
    assert tokens_of(sentence, "words_zh") == expected


@given(st.text(alphabet="我喜欢自然语言处理。，「」 aB1.'々\u0301\u3400\ufa0e"))
def test_chinese_words_are_the_words_joined_and_differ_in_nothing_else(text: str) -> None:
    joined, apart = tokens_of(text, "words_zh"), tokens_of(text, "words")
    assert "".join(joined) == "".join(apart)
    assert [one for token in joined for one in tokens_of(token, "words")] == apart
    assert len(joined) <= len(apart)


def test_the_dictionary_is_not_loaded_before_somebody_asks_for_it() -> None:
    script = (
        "import sys; from attnlab.text import tokenize; tokenize('我喜欢', 'words'); print('rjieba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# --- refusals -----------------------------------------------------------------


def test_an_unknown_tokenizer_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"^tokenizer \('foo'\) must be one of 'words', 'words_zh', 'characters'$"):
        tokenize("a", "foo")


def test_the_message_about_a_hostile_tokenizer_is_short_and_plain() -> None:
    with pytest.raises(ValueError, match="must be one of") as caught:
        tokenize("a", "\u202e\0" * 500_000)
    assert len(str(caught.value)) < 200
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("sentence", [None, b"a cat", 3, ["a", "cat"]])
def test_a_sentence_that_is_no_text_is_refused_by_its_type(sentence: object) -> None:
    with pytest.raises(TypeError, match=f"^sentence must be a str, got {type(sentence).__name__}$"):
        tokenize(sentence, "words")  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match=rf"^limit \({limit}\) must be at least 1$"):
        tokenize("a", "words", limit=limit)


def test_the_registry_cannot_be_changed_by_a_caller() -> None:
    with pytest.raises(TypeError):
        TOKENIZERS["words"] = str.split  # type: ignore[index]


# --- laws ---------------------------------------------------------------------


ODD = [
    *HIDDEN.values(),
    *"\u200c\u200d\ufe0f\u20e3\u0301\u0344\u102c\u0600\u1100\u1160\uff9e\u0e33\u2126\u212a\u2000",
    *" \n\t\u00a0\u2028'\u2019.,-_\u00b7\u05f4<>1la\u4e2d\u0e01\u05d0\u30fc",
    *(
        PAD,
        "pad",
        "[MASK]",
        FAMILY,
        FRANCE,
        HALF_A_FLAG,
        DARK_THUMB,
        KEYCAP_ONE,
        E_THEN_ACUTE,
        "\u0915\u094d",
        "http://a",
        "b@c.de",
        "e.g.",
        "10:30",
        "2024-03-05",
        "'cause",
    ),
]

any_character = st.characters(exclude_categories=())
any_text = st.text(any_character) | st.lists(st.sampled_from(ODD) | any_character).map("".join)
any_tokenizer = st.sampled_from(list(TOKENIZERS))

# The laws break where two odd characters meet, and most texts hold no such pair.
many_examples = settings(max_examples=200)

BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def inked(text: str | Sequence[str]) -> str:
    """Letters, digits, punctuation and symbols in order, decomposed. Independent of `cleaned`."""
    decomposed = unicodedata.normalize("NFD", "".join(text))
    fillers = "\u115f\u1160\u3164\uffa0"
    return "".join(c for c in decomposed if unicodedata.category(c)[0] in "LNPS" and c not in fillers)


@many_examples
@given(any_text, any_tokenizer, st.integers(1, 7))
@example("\ud83d\u202e\0\U0010ffff", "words", 5)
def test_any_text_yields_at_most_limit_tokens_that_are_fit_to_show(text: str, tokenizer: str, limit: int) -> None:
    tokenized = tokenize(text, tokenizer, limit=limit)

    assert len(tokenized.tokens) <= min(limit, tokenized.total)
    for token in tokenized.tokens:
        assert 0 < len(token) <= MAX_TOKEN_LENGTH
        assert token != PAD
        assert not set(token) & BIDI
        assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in token)
        assert token == " " or not any(c.isspace() for c in token)
        token.encode()  # no surrogate: it can be sent and stored


@many_examples
@given(any_text, any_tokenizer)
def test_no_tokenizer_emits_the_pad_token_even_from_raw_text(text: str, tokenizer: str) -> None:
    assert PAD not in TOKENIZERS[tokenizer](f"{text}{PAD}{text} {PAD}")


@many_examples
@given(any_text, any_tokenizer)
def test_every_token_but_the_space_has_ink(text: str, tokenizer: str) -> None:
    ignorable = regex.compile(r"\p{Default_Ignorable_Code_Point}*")
    assert not any(ignorable.fullmatch(token) for token in tokens_of(text, tokenizer))


@many_examples
@given(any_text, any_tokenizer)
def test_nothing_visible_is_lost_or_reordered(text: str, tokenizer: str) -> None:
    assert inked(tokens_of(text, tokenizer)) == inked(text)


@many_examples
@given(any_text)
def test_tokens_join_to_the_cleaned_text(text: str) -> None:
    sentence, _ = cleaned(text)
    assert "".join(tokens_of(text, "words")) == sentence.replace(" ", "")
    assert "".join(tokens_of(text, "characters")) == sentence


@many_examples
@given(any_text)
def test_a_word_never_cuts_through_a_character(text: str) -> None:
    within_words = [c for word in tokens_of(text, "words") for c in tokens_of(word, "characters")]
    assert within_words == [c for c in tokens_of(text, "characters") if c != " "]


@many_examples
@given(any_text)
def test_words_joined_by_spaces_are_the_same_words(text: str) -> None:
    tokens = tokens_of(text, "words")
    assert tokens_of(" ".join(tokens), "words") == tokens


@many_examples
@given(any_text)
def test_a_cleaned_text_is_clean(text: str) -> None:
    sentence, _ = cleaned(text)
    assert cleaned(sentence) == (sentence, 0)


@many_examples
@given(any_text, any_tokenizer)
def test_every_spelling_of_a_text_has_the_same_tokens(text: str, tokenizer: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert tokens_of(decomposed, tokenizer) == tokens_of(unicodedata.normalize("NFC", text), tokenizer)


@many_examples
@given(any_text, any_tokenizer)
def test_the_same_text_has_the_same_tokens_every_time(text: str, tokenizer: str) -> None:
    assert tokenize(text, tokenizer) == tokenize(text, tokenizer)


@many_examples
@given(any_text, any_tokenizer, st.integers(1, 7))
def test_a_limit_only_cuts_the_end(text: str, tokenizer: str, limit: int) -> None:
    assert tokenize(text, tokenizer, limit=limit).tokens == tuple(tokens_of(text, tokenizer)[:limit])


MIXED = st.text(alphabet="ab1'.,-:/@ \u3002\uff0c\u597d\u770b\u0301\ufe0f\u4e00\u0600\u00e9", max_size=12)


@given(st.lists(st.text(max_size=12) | MIXED, max_size=4))
def test_many_texts_are_read_as_each_would_be(texts: list[str]) -> None:
    clean = [cleaned(text)[0] for text in texts]
    expected = [[token.casefold() for token in tokenize(text, "words").tokens] for text in clean]
    assert list(words_of_many(clean)) == expected


def test_many_texts_are_read_whole_however_long() -> None:
    (tokens,) = words_of_many([" ".join(["Word", "\u597d" * 70]) * 99])
    assert len(tokens) > 99 * 70
    assert set(tokens) == {"word", "\u597d", "\u597dword"} - {"\u597dword"}
