"""What a link may say, parameter by parameter."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnlab.settings import links
from attnlab.settings.fields import Kind, refusals
from attnlab.settings.links import Refusal

ARABIC_THREE = "\u0663"
WIDE_THREE = "\uff13"
WHOLE = links.integer(1, 256)
DECIMAL = links.number(0.05, 10.0)
KIND = Kind(8, WHOLE, int, "number")

NO_NUMBER = ["NaN", "inf", "1e400", ARABIC_THREE, WIDE_THREE, "", " 1", "1 ", "1\n", "+1", "0x1", "1_0", "%2e", "\0"]
NOT_WHOLE = ["0", "-1", "257", "9223372036854775808", "1" + "0" * 18, "9" * 5000, "3.0", "1e1", "008", *NO_NUMBER]
NOT_DECIMAL = ["0", "0.0", "-1", "0.049", "10.1", "1e18", "9" * 5000, "1.", ".5", "1,5", *NO_NUMBER]


@pytest.mark.parametrize("text", ["1", "8", "256"])
def test_a_whole_number_within_its_bounds_is_taken(text: str) -> None:
    assert WHOLE(text) is None


@pytest.mark.parametrize("text", NOT_WHOLE, ids=ascii)
def test_anything_but_a_whole_number_within_bounds_is_refused_with_the_range(text: str) -> None:
    assert WHOLE(text) == "a whole number from 1 to 256"


@pytest.mark.parametrize("text", ["0.05", "1", "1.0", "10", "10.0", "1e0", "5e-2"])
def test_a_number_within_its_bounds_is_taken(text: str) -> None:
    assert DECIMAL(text) is None


@pytest.mark.parametrize("text", NOT_DECIMAL, ids=ascii)
def test_anything_but_a_number_within_bounds_is_refused_with_the_range(text: str) -> None:
    assert DECIMAL(text) == "a number from 0.05 to 10"


@given(st.text())
def test_a_whole_number_that_is_taken_is_one_within_bounds(text: str) -> None:
    if WHOLE(text) is None:
        assert text.isascii()
        assert 1 <= int(text) <= 256


@given(st.one_of(st.text(), st.from_regex(r"-?[0-9]{0,14}(\.[0-9]{0,20})?(e-?[0-9]{0,4})?")))
def test_a_number_that_is_taken_is_finite_and_within_bounds(text: str) -> None:
    if DECIMAL(text) is None:
        assert text.isascii()
        assert math.isfinite(float(text))
        assert 0.05 <= float(text) <= 10.0


@given(st.integers(5, 1000).map(lambda hundredths: hundredths / 100))
def test_every_number_that_the_slider_can_stand_on_is_taken_from_a_link(value: float) -> None:
    assert DECIMAL(repr(value)) is None


def test_an_optional_parameter_may_be_empty_and_else_keeps_its_bounds() -> None:
    check = links.optional(WHOLE)
    assert check("") is None
    assert check("8") is None
    assert check("0") == WHOLE("0")


def test_a_flag_is_true_or_false_in_small_letters() -> None:
    assert links.flag("true") is links.flag("false") is None
    assert links.flag("True") == links.flag("1") == links.flag("") == "true or false"


def test_a_word_must_be_one_of_those_listed_and_the_refusal_lists_them() -> None:
    check = links.one_of("rope", "alibi")
    assert check("rope") is None
    assert check("Rope") == check("") == check("rope,alibi") == "one of rope, alibi"


def test_a_refusal_names_the_field_the_value_and_what_is_allowed() -> None:
    refused = refusals({"d_model": ["0"], "heads": ["8"]}, {"d_model": KIND, "heads": KIND})
    assert refused == {"d_model": Refusal("d_model", "0", "a whole number from 1 to 256")}


def test_a_parameter_given_twice_is_refused_even_with_good_values() -> None:
    refused = refusals({"heads": ["2", "4"]}, {"heads": KIND})
    assert refused == {"heads": Refusal("heads", "2, 4", "given once")}


def test_parameters_that_nobody_knows_are_let_be() -> None:
    assert refusals({f"unknown{number}": ["x"] for number in range(1000)}, {"heads": KIND}) == {}


def test_a_parameter_that_is_not_there_is_not_refused() -> None:
    assert refusals({}, {"heads": KIND}) == refusals({"heads": []}, {"heads": KIND}) == {}


@given(st.text(max_size=200))
def test_what_a_message_quotes_is_short_and_the_beginning_of_what_was_typed(text: str) -> None:
    shown = links.shortened(text)
    assert len(shown) <= links.SHOWN_CHARACTERS
    if shown != text:
        assert len(text) > links.SHOWN_CHARACTERS
        assert text.startswith(shown.removesuffix("…"))
