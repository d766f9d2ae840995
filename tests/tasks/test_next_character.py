"""Next character: what becomes of the texts people paste."""

import pytest
import torch

from attnlab.tasks import NextCharacter, SizeError, example_text
from attnlab.tasks.next_character import MAX_TEXT, MAX_VOCABULARY, _window_hashes
from attnlab.text import UNKNOWN
from tests.tasks.small import TEXT, seeded


def test_no_window_of_training_touches_a_test_block() -> None:
    task = NextCharacter(text=TEXT, length=11)
    test = task._test_tokens.tolist()
    train_starts, test_starts = task._starts
    assert len(test) == len(TEXT)
    assert all(not any(test[start : start + 12]) for start in train_starts.tolist())
    assert all(all(test[start : start + 12]) for start in test_starts.tolist())
    assert len(train_starts) > len(test_starts) > 0


def test_a_training_window_that_the_text_repeats_in_the_test_is_dropped() -> None:
    text = "".join(f"{number:03d} abcdefghijklmnop " for number in range(40))
    task = NextCharacter(text=text, length=8)
    train, test = task._starts
    windows = {text[start : start + 9] for start in test.tolist()}
    assert not windows & {text[start : start + 9] for start in train.tolist()}
    flags = task._test_tokens.tolist()
    pure = [start for start in range(len(text) - 9) if not any(flags[start : start + 9])]
    assert any(text[start : start + 9] in windows for start in pure), "otherwise nothing is proved"


def test_window_hashes_are_equal_exactly_where_windows_are() -> None:
    ids = torch.randint(2, (300,), generator=seeded())
    hashes = _window_hashes(ids, 5).tolist()
    windows = [tuple(ids[start : start + 5].tolist()) for start in range(296)]
    assert len(hashes) == 296
    assert len(set(hashes)) == len(set(windows)) == len(set(zip(hashes, windows, strict=True)))


def test_characters_that_only_the_test_has_are_unknown() -> None:
    """Each block of twelve has a sign of its own."""
    signs = [chr(0x4E00 + number) for number in range(60)]
    task = NextCharacter(text="".join(sign + "abcdefghijk" for sign in signs), length=11)
    is_test = task._test_tokens[::12].tolist()
    trained = {sign for sign, test in zip(signs, is_test, strict=True) if not test}
    assert task.info.symbols == (UNKNOWN, *sorted(trained | set("abcdefghijk")))
    assert [number == 0 for number in task.encode("".join(signs)).tolist()] == is_test
    windows = task.sample(50, seeded(), "test")
    assert (windows.inputs == 0).any()
    assert 0 < sum(is_test) < 30


def test_encode_is_the_inverse_of_the_symbols() -> None:
    task = NextCharacter(text=TEXT, length=11)
    symbols = task.info.symbols or ()
    assert "".join(symbols[number] for number in task.encode("ax aab").tolist()) == "ax aab"
    assert task.encode("").shape == (0,)


def test_the_split_is_that_of_the_text_alone() -> None:
    """An edit moves only the blocks it touches."""
    before = NextCharacter(text=TEXT, length=11)._test_tokens
    after = NextCharacter(text=TEXT[:-7] + "changed", length=11)._test_tokens
    assert torch.equal(before[:-24], after[:-24])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"^text \(0 characters\) must have at least 260 for length 64$"),
        (" \n\u200b" * 500, r"^text \(0 characters\) must have at least 260"),
        ("short", r"^text \(5 characters\) must have at least 260"),
        ("a" * (MAX_TEXT + 1), rf"^text \({MAX_TEXT + 1} characters\) must have at most {MAX_TEXT}$"),
        ("a" * 100_000, r"^text \(100000 characters\) must vary more"),
        ("one and the same. " * 300, r"^text \(\d+ characters\) must vary more"),
        (b"bytes", r"^text \(bytes\) must be a str$"),
    ],
)
def test_a_text_that_cannot_be_learned_is_refused(text: str, message: str) -> None:
    with pytest.raises(SizeError, match=message) as caught:
        NextCharacter(text=text)
    assert caught.value.field == "text"


@pytest.mark.parametrize(
    "text",
    [
        "\0\x1b\u202e" + TEXT * 2,
        TEXT.replace("a", "\U0001f468\u200d\U0001f469\u200d\U0001f467"),
        "".join(chr(0x4E00 + 7 * number % 3000) for number in range(4000)),
        "".join(f"<script>{number}</script>\n" for number in range(200)),
        TEXT.replace("b", "\ud83d") + TEXT,
    ],
    ids=["controls", "families", "3,000 signs", "markup", "surrogates"],
)
def test_odd_texts_are_learned_like_any_other(text: str) -> None:
    task = NextCharacter(text=text, length=9)
    assert len(task.info.symbols or ()) <= MAX_VOCABULARY + 1
    batch = task.sample(5, seeded(), "test")
    assert batch.inputs.shape == (5, 9)


def test_the_example_text_needs_no_user() -> None:
    task = NextCharacter()
    assert task.text == example_text() == example_text()
    chance, unigram, bigram = (entry.loss for entry in task.info.floors)
    assert chance is not None
    assert unigram is not None
    assert bigram is not None
    assert bigram + 0.5 < unigram < chance - 0.4
