"""The measurement decides: the verdicts of the right engine, and how a planted wrong one turns them."""

import pytest

from attnlab.claims import claim, claim_names, outcome
from attnlab.claims.verdicts import ELSE, Condition, Rule, verdict_of
from tests.claims.test_small_races import CASES
from tests.claims.wrong_engines import PLANTED, Planted
from tests.products import slow

TRAINED = {
    "feed_forward": "depends",
    "learned_positions": "false",
    "linear_attention": "false",
    "long_range": "depends",
    "longer_texts": "false",
    "more_heads": "false",
    "patch_order": "true",
    "positions": "true",
    "trained_scaling": "true",
    "wider": "false",
}
"""These train for ten to thirty seconds; on races that take a few, in `test_small_races.py`."""
FOUND = {
    "cache": "false",
    "changed_word": "false",
    "cut_heads": "depends",
    "dot_and_cosine": "false",
    "explanation": "depends",
    "future": "true",
    "growth": "false",
    "head_costs": "false",
    "independence": "true",
    "kernel": "false",
    "linear_is_attention": "false",
    "long_sentences": "true",
    "noise": "true",
    "norm_place": "false",
    "parameters": "false",
    "related_words": "false",
    "row_sums": "depends",
    "scaling": "true",
    "symmetry": "false",
    "temperature": "false",
    "window": "false",
    "without_residual": "true",
    "word_order": "depends",
    "zero_weights": "depends",
}
MISTAKES = {
    "batch_for_time": "false",
    "diagonal_mask": "false",
    "feed_forward_twice": "false",
    "inputs_for_values": "false",
    "keys_of_the_decoder": "false",
    "large_negative": "depends",
    "mask_behind": "false",
    "matrix_a_place": "false",
    "no_softmax": "false",
    "weight_on_the_left": "false",
    "whole_width": "depends",
    "wrong_axis": "false",
}


def test_every_claim_has_an_engine_that_turns_its_verdict() -> None:
    trained = {name for right, _ in CASES.values() for name in right}
    assert {name for name, *_ in PLANTED} | trained == set(claim_names())


def test_every_claim_has_a_verdict_that_is_watched() -> None:
    assert set(claim_names()) == {*TRAINED, *FOUND, *MISTAKES}
    assert {name for name in claim_names() if claim(name).topic == "mistake"} == set(MISTAKES)


@pytest.mark.parametrize("name", FOUND | MISTAKES)
def test_a_quick_experiment_ends_in_the_verdict_that_its_page_explains(name: str) -> None:
    assert outcome(name, "quick").verdict == (FOUND | MISTAKES)[name]


@slow
@pytest.mark.parametrize("name", TRAINED)
def test_a_quick_race_ends_in_the_verdict_that_its_page_explains(name: str) -> None:
    assert outcome(name, "quick").verdict == TRAINED[name]


@pytest.mark.parametrize("planted", PLANTED, ids=[f"{name}-{number}" for number, (name, *_) in enumerate(PLANTED)])
def test_a_planted_wrong_engine_turns_the_verdict(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    name, place, engine, turned = planted
    right = outcome(name, "tiny").verdict
    monkeypatch.setattr(f"attnlab.claims.experiments.{place}", engine)
    assert outcome(name, "tiny").verdict == turned != right


# --- rules ------------------------------------------------------------------------------------------------------------

RULES = (
    Rule("true", (Condition("a", "above", 1.0), Condition("b", "at_most", "a"))),
    Rule("false", (Condition("a", "below", 1.0),)),
)


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [(2.0, 2.0, "true"), (2.0, 3.0, ELSE), (1.0, 0.0, ELSE), (0.5, 9.0, "false"), (float("nan"), 0.0, ELSE)],
)
def test_the_first_rule_of_which_all_holds_decides(a: float, b: float, verdict: str) -> None:
    assert verdict_of(RULES, {"a": a, "b": b}) == verdict


@pytest.mark.parametrize(
    ("comparator", "below", "equal", "above"),
    [
        ("above", False, False, True),
        ("at_least", False, True, True),
        ("below", True, False, False),
        ("at_most", True, True, False),
    ],
)
def test_a_comparator_does_as_its_name_says(comparator: str, below: bool, equal: bool, above: bool) -> None:
    held = [Condition("a", comparator, 1.0).holds({"a": value}) for value in (0.5, 1.0, 1.5)]
    assert held == [below, equal, above]
