"""How good verdicts are, class by class: who is taken for whom, and which texts were judged wrongly."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from attnlab.models import ClassifierModel
from attnlab.models.classifier import probabilities
from attnlab.tasks import Batch, confusion_counts


@dataclass(frozen=True)
class ClassScore:
    """One class of a confusion matrix. A share of nothing is None."""

    count: int  # texts of the class
    said: int  # texts that were said to be of it
    precision: float | None  # of those that were said to be of it, the share that is
    recall: float | None  # of those that are of it, the share that was said to be
    f1: float | None  # their harmonic mean


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What a model says of N texts with C classes."""

    probabilities: Tensor  # (N, C)
    targets: Tensor  # (N,)

    @property
    def predicted(self) -> Tensor:
        """(N,): the likeliest class of each text."""
        return self.probabilities.argmax(-1)

    @property
    def right(self) -> Tensor:
        """(N,) bool."""
        return self.predicted == self.targets

    @property
    def accuracy(self) -> float:
        """Share of right verdicts."""
        return self.right.double().mean().item()

    @property
    def confusion(self) -> Tensor:
        """(C, C) counts: rows are the right classes, columns the predicted ones."""
        return confusion_counts(self.targets, self.predicted, self.probabilities.shape[1])

    def within(self, subsets: Mapping[str, Tensor]) -> dict[str, float | None]:
        """Accuracy on each subset, (N,) bool each; None on one without texts."""
        return {
            name: self.right[members].double().mean().item() if bool(members.any()) else None
            for name, members in subsets.items()
        }

    def mistakes(self, most: int) -> list[int]:
        """Texts with wrong verdicts, the surest of them first."""
        sure = self.probabilities.amax(-1).masked_fill(self.right, -1.0)
        return [number for number in sure.argsort(descending=True).tolist() if not self.right[number]][:most]


def verdicts(model: ClassifierModel, batch: Batch) -> Verdicts:
    """What a model says of a batch of a classification task, without dropout."""
    return Verdicts(probabilities(model, batch.inputs), batch.targets[:, 0])


def class_scores(confusion: Tensor) -> tuple[ClassScore, ...]:
    """Precision, recall and F1 of each class.

    Args:
        confusion: (C, C) counts, rows right, columns predicted.
    """
    right, of_class, said = confusion.diagonal().tolist(), confusion.sum(1).tolist(), confusion.sum(0).tolist()
    return tuple(
        ClassScore(count, named, _share(hits, named), _share(hits, count), _share(2 * hits, count + named))
        for hits, count, named in zip(right, of_class, said, strict=True)
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
