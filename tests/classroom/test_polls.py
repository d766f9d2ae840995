"""Questions: what may be asked and answered, how far they go, and how answers are counted."""

from typing import Any

import pytest

from attnlab.classroom.polls import Poll, as_json, counts_table, from_json
from attnlab.classroom.schema import MAX_ANSWER
from attnlab.training.store import StoreError

CHOICE = Poll("Which?", "choice", ("a cat", "a dog", "a mat"))
NUMBER = Poll("How much?", "number")
CELL = Poll("Where?", "cell", rows=("The", "cat", "sat"), columns=("The", "cat"))
WORD = Poll("Which word?", "word", columns=("The", "cat", "sat"), step="match.2")
WEIGHTS = Poll("How much?", "weights", columns=("The", "cat", "sat"))
ORDER = Poll("Who first?", "order", ("a cat", "a dog", "a mat"))
CURVE = Poll("How does it go?", "curve", columns=("1", "2", "5"), low=0.0, high=3.0, unit="bits")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": ""}, "question"),
        ({"text": "x" * 401}, "question"),
        ({"text": "a\nb"}, "question"),
        ({"text": None}, "question"),
        ({"kind": "essay"}, "kind"),
        ({"options": ("one",)}, "options"),
        ({"options": tuple("abcdefg")}, "options"),
        ({"options": ("same", "same ")}, "options"),
        ({"options": ("a", 2)}, "options"),
        ({"kind": "number"}, "options"),
        ({"kind": "cell", "options": ()}, "rows"),
        ({"kind": "word", "options": ()}, "columns"),
        ({"kind": "weights", "options": (), "columns": ("a",) * 41}, "columns"),
        ({"kind": "curve", "options": (), "columns": ("1",)}, "columns"),
        ({"kind": "curve", "options": (), "columns": ("1",) * 17}, "columns"),
        ({"kind": "curve", "options": (), "columns": ("1", "2"), "low": 1.0, "high": 1.0}, "high"),
        ({"kind": "order", "options": ("one",)}, "options"),
        ({"kind": "cell", "options": (), "rows": ("a",) * 41, "columns": ("a",)}, "rows"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(fields: dict[str, Any], field: str) -> None:
    good = {"text": "Which?", "kind": "choice", "options": ("one", "two")}
    Poll(**good)  # type: ignore[arg-type]
    with pytest.raises(StoreError) as refused:
        Poll(**(good | fields))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("poll", "given", "kept"),
    [
        (CHOICE, 1, "1"),
        (CHOICE, 3, "3"),
        (NUMBER, 0.25, "0.25"),
        (NUMBER, 1, "1"),
        (NUMBER, -0.0, "0"),
        (NUMBER, 1 / 3, "0.333333"),
        (NUMBER, 1e12, "1e+12"),
        (CELL, [3, 2], "3.2"),
        (WORD, 3, "3"),
        (WEIGHTS, [1, 1, 2], "25.25.50"),
        (WEIGHTS, [0, 0, 0.001], "0.0.100"),
        (ORDER, [3, 1, 2], "3.1.2"),
        (CURVE, [0, 1.5, 3.0], "0.50.100"),
    ],
)
def test_an_answer_is_kept_so_that_equal_ones_are_counted_together(poll: Poll, given: object, kept: str) -> None:
    assert poll.answer(given) == kept
    assert poll.named(kept)


@pytest.mark.parametrize(
    ("poll", "given"),
    [
        (CHOICE, 0),
        (CHOICE, 4),
        (CHOICE, "1"),
        (CHOICE, True),
        (CHOICE, 1.5),
        (CHOICE, None),
        (NUMBER, float("nan")),
        (NUMBER, float("inf")),
        (NUMBER, 10**400),
        (NUMBER, "1"),
        (CELL, [4, 1]),
        (CELL, [1, 3]),
        (CELL, [0, 1]),
        (CELL, [1]),
        (CELL, "12"),
        (CELL, {"row": 1}),
        (WORD, 4),
        (WORD, [1]),
        (WEIGHTS, [0, 0, 0]),
        (WEIGHTS, [1, -1, 1]),
        (WEIGHTS, [1, 1]),
        (ORDER, [1, 2, 2]),
        (ORDER, [1, 2]),
        (ORDER, "123"),
        (CURVE, [0, 1]),
        (CURVE, [0, 1, 3.1]),
        (CURVE, [0, 1, None]),
    ],
)
def test_no_other_answer_is_taken(poll: Poll, given: object) -> None:
    with pytest.raises(StoreError):
        poll.answer(given)


def test_a_question_goes_from_open_to_closed_to_shown_and_once_around_again() -> None:
    second = CHOICE.after("close").after("show").after("again")
    assert (second.state, second.round) == ("open", 2)
    assert second.after("close").after("end").state == "ended"
    for poll, deed in [
        (CHOICE, "show"),
        (CHOICE, "again"),
        (CHOICE.after("close"), "close"),
        (second.after("close"), "again"),
        (CHOICE.after("end"), "show"),
        (CHOICE, "burn"),
    ]:
        with pytest.raises(StoreError):
            poll.after(deed)


def test_every_option_is_counted_and_numbers_stand_by_size() -> None:
    assert CHOICE.ordered({"3": 2}) == [("1", 0), ("2", 0), ("3", 2)]
    assert NUMBER.ordered({"10": 1, "9": 2, "-1": 3, "1e+12": 1}) == [("-1", 3), ("9", 2), ("10", 1), ("1e+12", 1)]
    assert CELL.ordered({"3.1": 1, "1.2": 2}) == [("1.2", 2), ("3.1", 1)]
    assert WORD.ordered({"3": 2}) == [("1", 0), ("2", 0), ("3", 2)]
    assert CURVE.ordered({"10.0.0": 1, "9.50.100": 2}) == [("9.50.100", 2), ("10.0.0", 1)]


def test_what_was_drawn_is_named_word_by_word_and_place_by_place() -> None:
    assert WEIGHTS.named("25.25.50") == "The (1) 25%; cat (2) 25%; sat (3) 50%"
    assert CURVE.named("0.50.100") == "1: 0; 2: 1.5; 5: 3"
    assert ORDER.named("3.1.2") == "a mat > a cat > a dog"
    assert WORD.named("2") == "cat"


def test_no_answer_is_longer_than_the_store_has_room_for() -> None:
    widest = Poll("?", "weights", columns=("word",) * 40)
    assert len(widest.answer([1.0] * 40)) <= MAX_ANSWER
    longest = Poll("?", "curve", columns=tuple(map(str, range(16))))
    assert len(longest.answer([1.0] * 16)) <= MAX_ANSWER


def test_questions_come_back_from_json_as_they_went() -> None:
    polls = (CHOICE, NUMBER.after("close"), CELL, WORD, CURVE)
    assert from_json(as_json(polls)) == polls


def test_a_table_of_counts_names_question_round_answer_and_count_alone() -> None:
    table = counts_table([CHOICE, CELL], [{1: {"1": 2}, 2: {"2": 1}}, {1: {"3.1": 4}}])
    assert [list(row) for row in table] == [["question", "round", "answer", "count"]] * 7
    assert table[0] == {"question": "Which?", "round": 1, "answer": "a cat", "count": 2}
    assert table[4] == {"question": "Which?", "round": 2, "answer": "a dog", "count": 1}
    assert table[6] == {"question": "Where?", "round": 1, "answer": "sat (3) x The (1)", "count": 4}
