"""Every floor by enumeration or by chance: what a model can know at most, counted out."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import pairwise, product

import pytest
import torch

from attnlab.tasks import (
    PRESETS,
    TASKS,
    Adding,
    CopyMemory,
    CsvClassification,
    Mqar,
    NextCharacter,
    Parity,
    Reverse,
    SelectiveCopying,
    Sort,
    Task,
)
from attnlab.tasks.floors import order_blind
from tests.tasks.small import SMALL, TEXT, every_task, seeded


def floor(task: Task, name: str) -> tuple[float | None, float | None]:
    """(loss, metric)."""
    (found,) = (entry for entry in task.info.floors if entry.name == name)
    return found.loss, found.metric


def best_guess(cases: Iterable[tuple[Hashable, int]]) -> tuple[float, float]:
    """(loss, accuracy) of the best predictor that knows only each case's first entry, of equally likely cases."""
    answers: dict[Hashable, Counter[int]] = defaultdict(Counter)
    for known, answer in cases:
        answers[known][answer] += 1
    total = sum(counts.total() for counts in answers.values())
    loss = -sum(n * math.log(n / counts.total()) for counts in answers.values() for n in counts.values())
    return loss / total, sum(max(counts.values()) for counts in answers.values()) / total


@every_task
def test_every_floor_has_a_loss_or_else_a_score_and_names_are_not_repeated(name: str) -> None:
    floors = SMALL[name]().info.floors
    assert len({entry.name for entry in floors}) == len(floors)
    assert all(entry.metric is not None for entry in floors if entry.loss is None)
    assert all(math.isfinite(entry.loss) and entry.loss > 0 for entry in floors if entry.loss is not None)
    assert any(entry.loss is not None for entry in floors)


@pytest.mark.parametrize(
    ("name", "loss", "metric"),
    [
        ("reverse", math.log(10), 0.1),
        ("copy_memory", math.log(8), 1 / 8),
        ("markov_chain", 0.6931, 0.6931),
        ("mqar", math.log(32), 1 / 32),
        ("selective_copying", math.log(8), 1 / 8),
        ("parity", math.log(2), 0.5),
        ("sort", math.log(3), 1 / 729),
    ],
)
def test_chance_at_the_live_sizes(name: str, loss: float, metric: float) -> None:
    assert floor(TASKS[name](**PRESETS[name]["live"]), "chance") == pytest.approx((loss, metric), abs=1e-4)


@pytest.mark.parametrize("length", [5, 6])
def test_reading_only_forwards_leaves_half_of_reverse_a_guess(length: int) -> None:
    task = Reverse(num_symbols=3, length=length)
    cases = (
        ((t, digits[: t + 1]), digits[length - 1 - t])
        for digits in product(range(3), repeat=length)
        for t in range(length)
    )
    assert floor(task, "one-way") == pytest.approx(best_guess(cases))


@pytest.mark.parametrize(("n", "S"), [(1, 3), (2, 2), (3, 5), (4, 3), (5, 2)])
def test_order_blind_knows_the_symbols_but_not_their_order(n: int, S: int) -> None:
    cases = (((t, tuple(sorted(symbols))), symbols[t]) for symbols in product(range(S), repeat=n) for t in range(n))
    entry = order_blind(n, S)
    assert (entry.loss, entry.metric) == pytest.approx(best_guess(cases))


@pytest.mark.parametrize("task", [CopyMemory(blanks=3), SelectiveCopying()])
def test_both_copying_tasks_hold_that_floor(task: CopyMemory | SelectiveCopying) -> None:
    """Measured on their own batches: the empirical entropy of each example's symbols."""
    batch = task.sample(4000, seeded())
    asked = batch.targets[batch.scored].view(4000, -1)
    shares = torch.nn.functional.one_hot(asked, 10).double().mean(1)
    loss, metric = floor(task, "order-blind")
    assert -torch.xlogy(shares, shares).sum(1).mean().item() == pytest.approx(loss, abs=0.02)
    assert shares.max(1).values.mean().item() == pytest.approx(metric, abs=0.02)


def test_without_memory_copy_memory_is_a_guess_among_eight() -> None:
    task = CopyMemory(blanks=7)
    batch = task.sample(6000, seeded())
    shares = torch.nn.functional.one_hot(batch.targets[:, -10:], 10).double().mean(0)[:, 1:9]  # (10, 8) by position
    assert floor(task, "memoryless") == floor(task, "chance") == (math.log(8), 1 / 8)
    assert shares.sub(1 / 8).abs().max() < 0.02  # at each position every symbol is as likely


def test_the_published_loss_of_copy_memory_is_knowing_nothing() -> None:
    """Bai et al. print .0204 for the LSTM at T = 1000, averaged over all 1,020 positions."""
    task = CopyMemory(blanks=1000)
    loss, _ = floor(task, "memoryless")
    assert loss is not None
    assert loss * 10 / task.info.seq_len == pytest.approx(0.0204, abs=5e-5)


def test_knowing_the_values_of_mqar_but_not_whose_they_are_is_a_guess_among_k() -> None:
    task = Mqar(vocab_size=22, length=26, num_pairs=5)
    batch = task.sample(3000, seeded())
    asked = batch.targets[batch.scored].view(3000, 5)
    which = (asked[:, :, None] == batch.inputs[:, None, 1:10:2]).double()  # (B, query, pair)
    assert floor(task, "in context") == pytest.approx((math.log(5), 1 / 5))
    assert which.sum(2).eq(1).all()
    assert which.mean(0).sub(1 / 5).abs().max() < 0.04  # each query asks for any of the pairs
    assert torch.bincount(asked.flatten(), minlength=22)[11:].double().div(15000).sub(1 / 11).abs().max() < 0.02


@pytest.mark.parametrize("length", [4, 7])
def test_seeing_one_bit_gives_only_the_first_parity(length: int) -> None:
    cases = (((t, bits[t]), sum(bits[: t + 1]) % 2) for bits in product(range(2), repeat=length) for t in range(length))
    assert floor(Parity(length=length), "memoryless") == pytest.approx(best_guess(cases))


@pytest.mark.parametrize("length", [4, 7])
def test_missing_a_single_bit_leaves_parity_a_coin(length: int) -> None:
    cases = ((bits[1:], sum(bits) % 2) for bits in product(range(2), repeat=length))
    assert floor(Parity(length=length), "chance") == pytest.approx(best_guess(cases))


@pytest.mark.parametrize(("S", "n"), [(3, 6), (5, 3), (2, 7), (7, 3)])
def test_sort_from_the_position_and_the_digit_there(S: int, n: int) -> None:
    def cases() -> Iterable[tuple[Hashable, int]]:
        for digits in product(range(S), repeat=n):
            shown = [*digits, *sorted(digits)]
            yield from (((t, shown[t]), shown[t + 1] if t >= n else min(digits)) for t in range(n - 1, 2 * n - 1))

    assert floor(Sort(num_symbols=S, length=n), "memoryless")[0] == pytest.approx(best_guess(cases())[0])


def test_adding_without_finding_the_marks() -> None:
    batch = Adding(length=11).sample(8000, seeded())
    total = batch.targets[:, -1].double()
    first = batch.inputs[torch.arange(8000), batch.inputs[..., 1].argmax(1), 0].double()
    errors = {"constant": (total - 1) ** 2, "one of two": (total - first - 0.5) ** 2}
    for name, error in errors.items():
        four_standard_errors = 4 * error.std().item() / math.sqrt(8000)
        loss, metric = floor(Adding(), name)
        assert error.mean().item() == pytest.approx(loss, abs=four_standard_errors)
        assert loss == metric
    assert floor(Adding(), "constant")[0] == pytest.approx(1 / 6)
    best = total.mean().item()
    assert best == pytest.approx(1, abs=0.02), "no other constant is better"


def test_n_gram_floors_are_those_of_a_slow_count() -> None:
    task = NextCharacter(text=TEXT, length=11)
    symbols = task.info.symbols or ()
    held_out = task._test_tokens.tolist()
    ids = [symbols.index(token) if token in symbols else 0 for token in TEXT]
    train = [number for number, test in zip(ids, held_out, strict=True) if not test]
    steps = list(zip(pairwise(ids), pairwise(held_out), strict=True))
    train_pairs = [pair for pair, sides in steps if sides == (False, False)]
    test_pairs = [pair for pair, sides in steps if sides == (True, True)]
    V = len(symbols)

    def unigram(b: int) -> float:
        return (train.count(b) + 1) / (len(train) + V)

    def bigram(a: int, b: int) -> float:
        return (train_pairs.count((a, b)) + unigram(b)) / (sum(pair[0] == a for pair in train_pairs) + 1)

    def mean_loss(probability: Callable[[int, int], float]) -> float:
        return -sum(math.log(probability(a, b)) for a, b in test_pairs) / len(test_pairs)

    assert floor(task, "chance")[0] == pytest.approx(math.log(V))
    assert floor(task, "unigram")[0] == pytest.approx(mean_loss(lambda _, b: unigram(b)))
    assert floor(task, "bigram")[0] == pytest.approx(mean_loss(bigram))
    assert sum(bigram(3, b) for b in range(V)) == pytest.approx(1)


def test_the_majority_of_a_table_is_that_of_its_training_rows() -> None:
    task = SMALL["csv"]()
    assert isinstance(task, CsvClassification)
    train = {label: sides["train"] for label, sides in task.balance.items()}
    test = {label: sides["test"] for label, sides in task.balance.items()}
    most = max(train, key=lambda label: train[label])
    smoothed = {label: (count + 1) / (sum(train.values()) + 3) for label, count in train.items()}
    loss = -sum(count * math.log(smoothed[label]) for label, count in test.items()) / sum(test.values())
    assert floor(task, "majority") == pytest.approx((loss, test[most] / sum(test.values())))


def test_best_guess_itself_by_hand() -> None:
    cases: Sequence[tuple[Hashable, int]] = [("a", 0), ("a", 1), ("b", 1), ("b", 1)]
    assert best_guess(cases) == pytest.approx((math.log(2) / 2, 3 / 4))
