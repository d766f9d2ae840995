"""The digits: their file, their patches, what is moved and shuffled, and the scores that need no learning."""

from collections import Counter
from dataclasses import replace

import pytest
import torch
from safetensors import safe_open

from attnlab.sequences import Patch, Text, picture_of
from attnlab.tasks import Digits, SizeError, class_names, worked_example
from attnlab.tasks.pictures.digit_file import PATH, digit_pictures, packed
from attnlab.tasks.pictures.patches import fixed_order, moved, patches_of
from tests.tasks.small import seeded

COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
"""Of each digit in the test set of the UCI repository (optdigits.names)."""


# --- the file ---------------------------------------------------------------------------------------------------------


def test_the_file_has_the_1797_pictures_of_the_source_and_names_its_licence() -> None:
    pixels, digits = digit_pictures()
    assert pixels.shape == (1797, 8, 8)
    assert (pixels.dtype, int(pixels.max())) == (torch.uint8, 16)
    assert torch.bincount(digits.long()).tolist() == COUNTS
    with safe_open(PATH, "pt") as file:
        assert "CC BY 4.0" in file.metadata()["licence"]


def test_the_file_is_scikit_learns_copy() -> None:
    load_digits = pytest.importorskip("sklearn.datasets").load_digits
    pixels, digits = digit_pictures()
    theirs = load_digits()
    assert torch.equal(pixels.double(), torch.from_numpy(theirs.images))
    assert torch.equal(digits.long(), torch.from_numpy(theirs.target))


def test_a_row_of_the_csv_is_64_cells_and_the_digit() -> None:
    rows = [[(row + cell) % 17 for cell in range(64)] + [row] for row in range(3)]
    content = packed("\n".join(",".join(map(str, row)) for row in rows))
    assert content[8:].startswith(b'{"__metadata__"')
    assert bytes(rows[1][:64]) in content


# --- patches ----------------------------------------------------------------------------------------------------------


def test_patches_are_cut_row_by_row() -> None:
    picture = torch.arange(24).reshape(1, 4, 6)
    assert patches_of(picture, 2, 3).tolist() == [
        [[0, 1, 2, 6, 7, 8], [3, 4, 5, 9, 10, 11], [12, 13, 14, 18, 19, 20], [15, 16, 17, 21, 22, 23]]
    ]


def test_a_picture_is_moved_by_cells_and_what_leaves_it_is_lost() -> None:
    pictures = torch.tensor([[[1, 2], [3, 4]]] * 3)
    found = moved(pictures, torch.tensor([1, 0, -1]), torch.tensor([0, -1, 1]))
    assert found.tolist() == [[[0, 0], [1, 2]], [[2, 0], [4, 0]], [[0, 3], [0, 0]]]


@pytest.mark.parametrize("count", [2, 4, 8, 16, 64])
def test_another_order_leaves_fewer_than_half_in_place(count: int) -> None:
    order = fixed_order(count, 0)
    assert sorted(order.tolist()) == list(range(count))
    assert 2 * (order == torch.arange(count)).sum() < count
    assert torch.equal(order, fixed_order(count, 0))


@pytest.mark.parametrize(
    ("patch", "length", "features"), [((2, 2), 17, 5), ((1, 1), 65, 2), ((1, 8), 9, 9), ((8, 4), 3, 33)]
)
def test_each_patch_is_a_position_and_one_more_answers(patch: tuple[int, int], length: int, features: int) -> None:
    task = Digits(patch_rows=patch[0], patch_cols=patch[1])
    batch = task.sample(7, seeded())
    assert batch.inputs.shape == (7, length, features)
    assert (task.info.seq_len, task.info.num_features) == (length, features)
    assert batch.scored.nonzero().tolist() == [[row, length - 1] for row in range(7)]
    assert batch.inputs[:, -1].tolist() == [[0.0] * (features - 1) + [1.0]] * 7
    assert batch.inputs[:, :-1, -1].eq(0).all()


def test_items_are_the_picture_and_who_answers() -> None:
    task = Digits(patch_rows=4, patch_cols=2)
    example = worked_example(task)
    *patches, last = example.items
    assert last == Text("?")
    assert [patch.label for patch in patches] == ["1:1", "1:2", "1:3", "1:4", "2:1", "2:2", "2:3", "2:4"]
    whole = picture_of(example.items, task.grid)
    cells = torch.tensor(whole.grey).reshape(8, 8) * 16
    pixels, digits = digit_pictures()
    same = (pixels == cells.round().to(torch.uint8)).all(2).all(1)
    assert {str(digit) for digit in digits[same].tolist()} == {example.answers[-1]}
    with pytest.raises(ValueError, match="items"):
        picture_of([Patch("", 1, 1, (0.0,)), Text("?")], (1, 2))


# --- the split, and what is done to it --------------------------------------------------------------------------------


def test_fewer_pictures_are_some_of_the_more_and_none_is_a_test_picture() -> None:
    def rows(task: Digits, side: str) -> Counter[tuple[float, ...]]:
        batch = task.examples("train" if side == "train" else "test")
        return Counter(map(tuple, batch.inputs.flatten(1).tolist()))

    few, many = Digits(train_size=50), Digits(train_size=600)
    assert rows(few, "train").total() == 50
    assert rows(few, "train") <= rows(many, "train")
    assert rows(few, "test") == rows(many, "test")
    assert not rows(many, "train").keys() & rows(many, "test").keys()


def test_shuffled_pictures_are_the_same_patches_in_one_other_order() -> None:
    plain, other = Digits(), Digits(shuffle=1)
    before, after = plain.examples("test"), other.examples("test")
    assert torch.equal(before.targets, after.targets)
    order = fixed_order(16, 0)
    assert torch.equal(after.inputs[:, :-1], before.inputs[:, order])
    assert torch.equal(after.inputs[:, -1], before.inputs[:, -1])


def test_the_disturbed_tests_ask_the_same_of_changed_pictures() -> None:
    task = Digits(shift=1)
    plain, found = task.examples("test"), task.disturbed()
    assert list(found) == ["shuffled", "shifted"]
    for batch in found.values():
        assert torch.equal(batch.targets, plain.targets)
        assert torch.equal(batch.scored, plain.scored)
        assert (batch.inputs != plain.inputs).flatten(1).any(1).double().mean() > 0.99
    assert found["shuffled"].inputs.sum(1).sub(plain.inputs.sum(1)).abs().max() < 1e-5
    assert torch.equal(task.disturbed()["shifted"].inputs, found["shifted"].inputs)
    assert list(replace(task, shift=0).disturbed()) == ["shuffled"]


def test_the_nearest_neighbour_by_hand() -> None:
    task = Digits(train_size=100)
    train, test = task.examples("train"), task.examples("test")
    right = 0
    for picture, digit in zip(test.inputs, test.targets[:, -1], strict=True):
        nearest = ((train.inputs - picture) ** 2).sum((1, 2)).argmin()
        right += int(train.targets[nearest, -1] == digit)
    chance, nearest_floor = task.info.floors
    assert chance.metric == 0.1
    assert nearest_floor.metric == right / len(test.inputs)


@pytest.mark.parametrize("sizes", [{}, {"shuffle": 1}, {"patch_rows": 1, "patch_cols": 8, "shuffle": 1}], ids=str)
def test_the_pictures_come_back_from_what_a_model_is_given(sizes: dict[str, int]) -> None:
    pictures = torch.rand(3, 8, 8, generator=seeded())
    task = Digits(**sizes)
    assert torch.equal(task.pictures_of(task.inputs_of(pictures)), pictures)


@pytest.mark.parametrize(
    ("sizes", "field"),
    [
        ({"patch_rows": 3}, "patch_rows"),
        ({"patch_cols": 0}, "patch_cols"),
        ({"patch_rows": 8, "patch_cols": 8}, "patch_cols"),
        ({"train_size": 19}, "train_size"),
        ({"train_size": 1301}, "train_size"),
        ({"shuffle": 2}, "shuffle"),
        ({"shift": 5}, "shift"),
        ({"shift": -1}, "shift"),
    ],
    ids=str,
)
def test_sizes_that_do_not_fit_are_refused_by_name(sizes: dict[str, int], field: str) -> None:
    with pytest.raises(SizeError, match=field):
        Digits(**sizes)


def test_digits_are_called_by_their_numerals() -> None:
    assert class_names(Digits()) == tuple("0123456789")
    assert Digits().answer_item(7) == Text("7")
