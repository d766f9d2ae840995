"""Scores of verdicts that count every class alike, where some classes have many more examples than others.

Where nine texts in ten are of one class, nine in ten are right for who always says so; by these two scores that one is
as bad as chance.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

UNEVEN = 1.5
"""Classes are uneven where the largest has more than so many times the examples of the smallest."""


@dataclass(frozen=True)
class ClassBalance:
    """Both from 0 to 1."""

    balanced_accuracy: float  # mean recall of the classes that occur
    macro_f1: float  # mean F1 of the classes that occur or were said


def is_uneven(counts: Tensor) -> bool:
    """Whether classes with so many examples, (C,), need scores that count them alike; no example at all counts too."""
    return bool(counts.max() > UNEVEN * counts.min())


def class_balance(confusion: Tensor) -> ClassBalance | None:
    """Balanced accuracy and macro F1; None without an example.

    Args:
        confusion: (C, C) counts; rows are the right classes, columns the predicted ones.

    Source: Brodersen et al. 2010, "The balanced accuracy and its posterior distribution"; both as in scikit-learn, so
        that a class without an example is in neither mean, unless somebody said it, for F1.
    """
    right, of_class, said = confusion.diagonal().double(), confusion.sum(1), confusion.sum(0)
    occurs, known = of_class > 0, of_class + said > 0
    if not bool(occurs.any()):
        return None
    recalls = right[occurs] / of_class[occurs]
    f1 = 2 * right[known] / (of_class + said)[known]
    return ClassBalance(recalls.mean().item(), f1.mean().item())


def confusion_counts(targets: Tensor, predicted: Tensor, num_classes: int) -> Tensor:
    """(C, C) counts of class numbers (N,): rows are the right classes, columns the predicted ones."""
    return torch.bincount(targets * num_classes + predicted, minlength=num_classes**2).view(num_classes, num_classes)
