"""Confusion, precision, recall and F1 against a case worked by hand."""

import pytest
import torch

from attnlab.training.scoring.verdicts import Verdicts, class_scores

#            right:  0  0  0  1  1  2
PREDICTED = (0, 0, 1, 1, 0, 0)
SURE = (0.9, 0.5, 0.8, 0.6, 0.7, 0.95)


def told() -> Verdicts:
    rows = []
    for predicted, sure in zip(PREDICTED, SURE, strict=True):
        row = [(1 - sure) / 2] * 3
        row[predicted] = sure
        rows.append(row)
    return Verdicts(torch.tensor(rows), torch.tensor([0, 0, 0, 1, 1, 2]))


def test_rows_are_the_right_classes_and_columns_the_predicted_ones() -> None:
    assert told().confusion.tolist() == [[2, 1, 0], [1, 1, 0], [1, 0, 0]]
    assert told().accuracy == 0.5


def test_scores_by_hand() -> None:
    first, second, third = class_scores(told().confusion)
    assert (first.count, first.precision, first.recall) == (3, 2 / 4, 2 / 3)
    assert first.f1 == pytest.approx(2 / (1 / (2 / 4) + 1 / (2 / 3)))
    assert (second.count, second.precision, second.recall, second.f1) == (2, 1 / 2, 1 / 2, 1 / 2)
    assert (third.count, third.precision, third.recall, third.f1) == (1, None, 0.0, 0.0)


def test_a_class_that_nobody_has_or_says_has_no_scores() -> None:
    one = class_scores(torch.tensor([[3, 0], [0, 0]]))[1]
    assert (one.count, one.precision, one.recall, one.f1) == (0, None, None, None)


def test_mistakes_come_surest_first() -> None:
    assert told().mistakes(5) == [5, 2, 4]
    assert told().mistakes(1) == [5]


def test_accuracy_within_subsets() -> None:
    members = {"all": torch.ones(6).bool(), "first": torch.arange(6) < 3, "none": torch.zeros(6).bool()}
    assert told().within(members) == {"all": 0.5, "first": pytest.approx(2 / 3), "none": None}
