"""Every answer again, by a slow loop in plain Python that sees only what a causal model would: the inputs so far."""

from collections.abc import Callable, Mapping, Sequence

import pytest
import torch

from attnlab.tasks import (
    Adding,
    CopyMemory,
    MarkovChain,
    Mqar,
    NextCharacter,
    Parity,
    Reverse,
    SelectiveCopying,
    Sort,
    Split,
    Task,
)
from tests.tasks.small import SMALL, TEXT, seeded

Answer = Callable[[Sequence[int]], int | None]
"""From the inputs up to and including a position to what is due there; None where nothing is."""


def copied(seen: Sequence[int]) -> int | None:
    markers = seen.count(6)  # 5 symbols, 0 the blank
    return seen[markers - 2] if markers >= 2 else None


def selectively_copied(seen: Sequence[int]) -> int | None:
    data = [symbol for symbol in seen if symbol not in (0, 4)]  # 3 symbols, 4 the marker
    return data[seen.count(4) - 1] if 4 in seen else None


def recalled(seen: Sequence[int]) -> int | None:
    *earlier, query = seen
    pairs = dict(zip(earlier[0:4:2], earlier[1:4:2], strict=False))
    return pairs[query] if len(earlier) >= 4 and query != 0 else None


def parity(seen: Sequence[int]) -> int:
    odd = False
    for bit in seen:
        odd ^= bool(bit)
    return int(odd)


def sorted_digit(seen: Sequence[int]) -> int | None:
    remaining = list(seen[:5])
    if len(seen) < 5:
        return None
    for _ in seen[5:]:
        remaining.remove(min(remaining))
    return min(remaining)


REFERENCES: Mapping[str, Answer] = {
    "copy_memory": copied,
    "selective_copying": selectively_copied,
    "mqar": recalled,
    "parity": parity,
    "sort": sorted_digit,
}


def by_position(task: Task, split: Split) -> list[tuple[list[int], list[int | None]]]:
    """(inputs, answers) of a batch; None where nothing is scored."""
    batch = task.sample(53, seeded(), split)
    return [
        (
            inputs.tolist(),
            [target if scored else None for target, scored in zip(targets.tolist(), asks.tolist(), strict=True)],
        )
        for inputs, targets, asks in zip(batch.inputs, batch.targets, batch.scored, strict=True)
    ]


@pytest.mark.parametrize("name", REFERENCES)
@pytest.mark.parametrize("split", ["train", "test"])
def test_every_answer_follows_from_the_inputs_so_far(name: str, split: Split) -> None:
    task = SMALL[name]()
    assert task.info.causal
    for inputs, answers in by_position(task, split):
        assert answers == [REFERENCES[name](inputs[: t + 1]) for t in range(len(inputs))]


def test_reverse_reads_from_right_to_left() -> None:
    assert not Reverse().info.causal
    for inputs, answers in by_position(Reverse(num_symbols=7, length=11), "train"):
        assert answers == inputs[::-1]


def test_a_markov_chain_is_asked_for_its_next_state() -> None:
    for inputs, answers in by_position(MarkovChain(num_states=3, length=11), "train"):
        assert answers[:-1] == inputs[1:]
        assert answers[-1] in range(3)


def test_the_next_character_is_that_of_the_text() -> None:
    task = NextCharacter(text=TEXT, length=11)
    symbols = task.info.symbols or ()
    for inputs, answers in by_position(task, "train"):
        assert answers[:-1] == inputs[1:]
        window = "".join(symbols[number] for number in [inputs[0], *(a for a in answers if a is not None)])
        assert len(window) == 12
        assert window in TEXT


def test_adding_is_asked_for_the_sum_of_the_marked_numbers_at_the_end() -> None:
    batch = Adding(length=13).sample(29, seeded())
    for inputs, targets, scored in zip(
        batch.inputs.tolist(), batch.targets.tolist(), batch.scored.tolist(), strict=True
    ):
        marked = [number for number, mark in inputs if mark]
        assert len(marked) == 2
        assert {mark for _, mark in inputs} == {0.0, 1.0}
        assert targets[-1] == pytest.approx(sum(marked), abs=1e-6)
        assert scored == [False] * 12 + [True]


# --- by hand ------------------------------------------------------------------


def test_copy_memory_is_laid_out_as_published() -> None:
    """Bai et al., section 4: length T + 20, ten symbols of 1..8, zeros, and nines in the last eleven places."""
    batch = CopyMemory(blanks=50).sample(7, seeded())
    symbols = batch.inputs[:, :10]

    assert batch.inputs.shape == (7, 70)
    assert set(symbols.flatten().tolist()) == set(range(1, 9))
    assert not batch.inputs[:, 10:59].any()
    assert (batch.inputs[:, 59:] == 9).all()
    assert torch.equal(batch.targets[:, 60:], symbols)
    assert batch.scored.all(0).nonzero().flatten().tolist() == list(range(60, 70))
    assert not batch.scored[:, :60].any()


def test_every_answer_of_copy_memory_lies_span_positions_back() -> None:
    task = CopyMemory(blanks=17, num_recalled=5)
    batch = task.sample(11, seeded())
    for t in range(task.info.seq_len - 5, task.info.seq_len):
        assert torch.equal(batch.targets[:, t], batch.inputs[:, t - (task.info.span - 1)])


def test_mqar_asks_each_key_once_at_even_places_and_prefers_small_gaps() -> None:
    task = Mqar(vocab_size=14, length=32, num_pairs=3)
    batch = task.sample(997, seeded())
    keys, values, rest = batch.inputs[:, 0:6:2], batch.inputs[:, 1:6:2], batch.inputs[:, 6:]

    assert ((keys >= 1) & (keys <= 6)).all()
    assert ((values >= 7) & (values <= 13)).all()
    assert all(len(set(row)) == 3 for row in keys.tolist() + values.tolist())
    assert torch.equal(rest.sort(1, descending=True).values[:, :3], keys.sort(1, descending=True).values)
    places = (rest > 0).nonzero()[:, 1]
    assert not (places % 2).any()
    gaps = torch.bincount(places // 2, minlength=13)
    assert gaps[0] > 1.3 * gaps[1] > 1.3 * 1.3 * gaps[12] > 0


def test_the_places_of_selective_copying_and_of_marks_are_spread_evenly() -> None:
    noise = SelectiveCopying(context=11, num_copied=3).sample(4000, seeded()).inputs[:, :11] == 0
    marks = Adding(length=11).sample(4000, seeded()).inputs[..., 1]

    assert (1 - noise.double()).mean(0).sub(3 / 11).abs().max() < 0.04  # five standard errors
    assert marks.mean(0).sub(2 / 11).abs().max() < 0.035


def test_sort_feeds_its_own_answers() -> None:
    batch = Sort(num_symbols=5, length=7).sample(23, seeded())
    assert batch.inputs.shape == (23, 13)
    assert torch.equal(batch.inputs[:, 7:], batch.targets[:, 6:12])
    assert batch.scored[0].tolist() == [False] * 6 + [True] * 7


# --- other lengths ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "seq_len"),
    [
        ("reverse", 17),
        ("copy_memory", 37),
        ("markov_chain", 31),
        ("mqar", 38),
        ("selective_copying", 29),
        ("parity", 41),
        ("sort", 13),
        ("adding", 37),
    ],
)
@pytest.mark.parametrize("split", ["train", "test"])
def test_another_length_is_the_same_task(name: str, seq_len: int, split: Split) -> None:
    task = SMALL[name]()
    batch = task.sample(19, seeded(), split, seq_len)
    assert batch.targets.shape == batch.scored.shape == (19, seq_len)
    if name in REFERENCES and name != "sort":
        for inputs, targets, scored in zip(batch.inputs, batch.targets, batch.scored, strict=True):
            for t in scored.nonzero().flatten().tolist():
                assert targets[t] == REFERENCES[name](inputs[: t + 1].tolist())


def test_a_longer_parity_test_scores_only_lengths_never_trained() -> None:
    task = Parity(length=20)
    assert task.sample(3, seeded(), "test", 80).scored[0].nonzero().flatten().tolist() == list(range(20, 80))
    assert task.sample(3, seeded(), "test", 20).scored.all()
    assert task.sample(3, seeded(), "test", 13).scored.all()
    assert task.sample(3, seeded(), "train", 80).scored.all()


def test_an_example_of_copy_memory_keeps_its_side_at_every_number_of_blanks() -> None:
    task = SMALL["copy_memory"]()
    short = {tuple(row[:3]) for row in task.sample(400, seeded(), "train").inputs.tolist()}
    long = {tuple(row[:3]) for row in task.sample(400, seeded(1), "test", 53).inputs.tolist()}
    assert len(short | long) == 125, "every triple of five symbols came up"
    assert not short & long
