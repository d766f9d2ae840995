import pytest
import torch

from attnlab.tasks import ClassifyCsv, CsvClassification, Table
from attnlab.tasks.classification.class_balance import class_balance, confusion_counts, is_uneven

C = 5


def verdicts(seed: int, count: int = 53) -> tuple[list[int], list[int]]:
    """Uneven classes, the last of which nobody is of and nobody says, the last but one nobody is of."""
    noise = torch.Generator().manual_seed(seed)
    targets = torch.tensor([0.7, 0.2, 0.1]).multinomial(count, replacement=True, generator=noise)
    said = torch.where(torch.rand(count, generator=noise) < 0.6, targets, torch.randint(4, (count,), generator=noise))
    return targets.tolist(), said.tolist()


def slow_balance(targets: list[int], said: list[int]) -> tuple[float, float]:
    """As scikit-learn says that it counts: `balanced_accuracy_score`, and `f1_score` with "macro" and 0 for 0 / 0."""
    recalls, f1 = [], []
    for number in sorted({*targets, *said}):
        both = sum(a == b == number for a, b in zip(targets, said, strict=True))
        of_it, called = targets.count(number), said.count(number)
        precision, recall = both / called if called else 0.0, both / of_it if of_it else 0.0
        f1.append(2 * precision * recall / (precision + recall) if precision + recall else 0.0)
        recalls += [recall] if of_it else []
    return sum(recalls) / len(recalls), sum(f1) / len(f1)


@pytest.mark.parametrize("seed", range(5))
def test_both_scores_are_those_of_a_loop(seed: int) -> None:
    targets, said = verdicts(seed)
    found = class_balance(confusion_counts(torch.tensor(targets), torch.tensor(said), C))
    assert found is not None
    assert (found.balanced_accuracy, found.macro_f1) == pytest.approx(slow_balance(targets, said))


def test_nine_in_ten_by_always_saying_one_class_is_no_better_than_chance() -> None:
    targets = torch.tensor([0] * 90 + [1] * 10)
    found = class_balance(confusion_counts(targets, torch.zeros_like(targets), 2))
    assert found is not None
    assert found.balanced_accuracy == 0.5
    assert found.macro_f1 == pytest.approx((2 * 90 / 190 + 0) / 2)


def test_rows_of_the_counts_are_the_right_classes() -> None:
    counts = confusion_counts(torch.tensor([0, 0, 2]), torch.tensor([1, 0, 2]), 3)
    assert counts.tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 1]]


def test_no_example_has_no_score() -> None:
    assert class_balance(torch.zeros(3, 3, dtype=torch.long)) is None


@pytest.mark.parametrize(("counts", "uneven"), [((10, 10), False), ((10, 15), False), ((10, 16), True), ((5, 0), True)])
def test_classes_are_uneven_from_half_as_many_again(counts: tuple[int, ...], uneven: bool) -> None:
    assert is_uneven(torch.tensor(counts)) is uneven


@pytest.mark.parametrize("kind", [CsvClassification, ClassifyCsv])
def test_the_floor_of_the_commonest_class_is_scored_on_the_rows_of_the_test(kind: type) -> None:
    texts = tuple(f"word{number} word{number // 3}" for number in range(97))
    labels = tuple("rare" if number % 5 == 0 else "common" for number in range(97))
    task = kind(Table(texts, labels, 0))
    targets = task.examples("test").targets
    scored = task.examples("test").scored
    is_common = targets[scored] == task.labels.index("common")
    (floor,) = task.info.floors
    assert floor.metric == pytest.approx(is_common.double().mean().item())
    assert floor.balance is not None
    assert floor.balance.balanced_accuracy == 0.5
    assert floor.balance.macro_f1 == pytest.approx(floor.metric / (1 + floor.metric))
    assert task.info.num_test == len(targets)
