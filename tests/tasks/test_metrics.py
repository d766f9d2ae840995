"""The metrics, by hand."""

import math

import pytest
import torch
from torch import Tensor

from attnlab.tasks import METRICS, Batch, accuracy, cross_entropy, exact_match, mse


def logits(answers: list[list[int]], num_classes: int = 3) -> Tensor:
    """(B, T, C), the given classes largest."""
    return 5.0 * torch.nn.functional.one_hot(torch.tensor(answers), num_classes)


TARGETS = torch.tensor([[0, 1, 2, 1, 0], [2, 2, 1, 0, 0]])
SCORED = torch.tensor([[False, True, True, True, False], [True, False, False, False, True]])
BATCH = Batch(inputs=torch.zeros_like(TARGETS), targets=TARGETS, scored=SCORED)
ANSWERS = [[2, 1, 2, 0, 2], [2, 0, 0, 1, 0]]  # wrong at one scored place, and at most unscored ones
RIGHT = [[0, 1, 2, 1, 0], [2, 2, 1, 0, 0]]
NOTHING = Batch(BATCH.inputs, BATCH.targets, torch.zeros_like(SCORED))


def test_accuracy_counts_scored_positions_only() -> None:
    assert accuracy(logits(ANSWERS), BATCH) == pytest.approx(4 / 5)


def test_exact_match_needs_every_scored_position_of_an_example() -> None:
    assert exact_match(logits(ANSWERS), BATCH) == 1 / 2
    assert exact_match(logits(RIGHT), BATCH) == 1


def test_an_example_that_asks_nothing_is_no_exact_match() -> None:
    one = Batch(BATCH.inputs, BATCH.targets, SCORED & torch.tensor([[True], [False]]))
    assert exact_match(logits(ANSWERS), one) == 0
    assert exact_match(logits(RIGHT), one) == 1


def test_mse_and_loss_look_at_scored_positions_only() -> None:
    values = torch.full((2, 5, 1), 9.0)
    values[SCORED] = 1.5
    batch = Batch(BATCH.inputs, torch.ones(2, 5), SCORED)
    assert mse(values, batch) == pytest.approx(0.25)

    outputs = torch.zeros(2, 5, 3)
    outputs[~SCORED] = torch.tensor([100.0, -100.0, 0.0])
    assert cross_entropy(outputs, BATCH) == pytest.approx(math.log(3))


@pytest.mark.parametrize("name", METRICS)
def test_a_batch_that_asks_nothing_has_no_score(name: str) -> None:
    outputs = torch.zeros(2, 5, 1 if name == "mse" else 3)
    assert METRICS[name](outputs, NOTHING) is None


def test_a_model_that_diverged_is_wrong_even_where_class_0_is_due() -> None:
    zeros = Batch(BATCH.inputs, torch.zeros_like(TARGETS), SCORED)
    assert accuracy(torch.full((2, 5, 3), torch.nan), zeros) == 0
    assert exact_match(torch.full((2, 5, 3), torch.nan), zeros) == 0


def test_knowing_nothing_looks_good_if_every_position_counts() -> None:
    """The trap of copy memory: 98 % at 500 blanks, where the true score is 1/8."""
    from attnlab.tasks import CopyMemory

    batch = CopyMemory(blanks=500).sample(64, torch.Generator().manual_seed(0))
    blank = torch.zeros(64, 520, 10)
    blank[..., 0] = 1  # blanks, and where a symbol is due
    blank[:, -10:, 1] = 2  # always the same one
    everywhere = accuracy(blank, Batch(batch.inputs, batch.targets, torch.ones_like(batch.scored)))
    assert everywhere == pytest.approx(1 - 10 * 7 / 8 / 520, abs=0.002)
    assert accuracy(blank, batch) == pytest.approx(1 / 8, abs=0.05)
