"""Links by hand, and the error rate by counting."""

import pytest
import torch

from attnlab.tasks import Pair, alignment_error_rate, links_of

WEIGHTS = torch.tensor(
    [
        [0.6, 0.3, 0.1, 0.0],
        [0.1, 0.4, 0.4, 0.1],
        [0.0, 0.1, 0.2, 0.7],
        [0.9, 0.1, 0.0, 0.0],
        [0.9, 0.1, 0.0, 0.0],
    ]
)


def gold(sure: set[tuple[int, int]], possible: set[tuple[int, int]]) -> Pair:
    return Pair(("a", "b", "c"), ("x", "y", "z"), frozenset(sure), frozenset(sure | possible))


def test_each_real_target_word_proposes_its_largest_real_source_word() -> None:
    assert links_of(WEIGHTS, 3, 4) == {(0, 0), (1, 1), (2, 3)}
    assert links_of(WEIGHTS, 3, 3) == {(0, 0), (1, 1), (2, 2)}, "the padding at 3 cannot be proposed"
    assert links_of(WEIGHTS, 0, 4) == frozenset()


def test_a_threshold_proposes_every_source_word_with_as_much() -> None:
    assert links_of(WEIGHTS, 3, 3, threshold=0.3) == {(0, 0), (0, 1), (1, 1), (1, 2)}
    assert links_of(WEIGHTS, 3, 4, threshold=1.1) == frozenset()


@pytest.mark.parametrize(
    ("targets", "sources", "message"),
    [
        (6, 4, r"^num_targets \(6\) must be between 0 and 5"),
        (-1, 4, r"^num_targets \(-1\)"),
        (3, 5, r"^num_sources \(5\) must be between 1 and 4"),
        (3, 0, r"^num_sources \(0\)"),
    ],
)
def test_more_words_than_the_map_has_are_refused(targets: int, sources: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        links_of(WEIGHTS, targets, sources)


def test_the_error_rate_by_hand() -> None:
    """Two sentences: S = 3 + 1, A = 3 + 2; of A, 2 + 0 are sure and 3 + 1 possible: 1 - (2 + 4) / (5 + 4)."""
    golds = [gold({(0, 0), (1, 1), (2, 2)}, {(2, 1)}), gold({(0, 0)}, {(1, 0)})]
    links = [frozenset({(0, 0), (1, 1), (2, 1)}), frozenset({(1, 0), (2, 2)})]
    assert alignment_error_rate(links, golds) == pytest.approx(1 - 6 / 9)


def test_the_sure_links_are_perfect_possible_ones_cost_nothing_and_wrong_ones_do() -> None:
    one = gold({(0, 0), (1, 1)}, {(2, 1)})
    assert alignment_error_rate([one.sure], [one]) == 0
    assert alignment_error_rate([one.possible], [one]) == 0
    assert alignment_error_rate([frozenset()], [one]) == 1
    assert alignment_error_rate([one.sure | {(2, 0)}], [one]) == pytest.approx(1 - 4 / 5)
    assert alignment_error_rate([frozenset({(2, 1)})], [one]) == pytest.approx(1 - 1 / 3), "a sure link left out"


def test_without_gold_links_there_is_no_error_rate() -> None:
    assert alignment_error_rate([frozenset({(0, 0)})], [Pair(("a",), ("x",))]) is None
    assert alignment_error_rate([], []) is None


def test_as_many_sentences_as_golds_are_needed() -> None:
    with pytest.raises(ValueError, match="zip"):
        alignment_error_rate([], [gold({(0, 0)}, set())])
