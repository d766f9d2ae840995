"""Digits: which one is written? A picture as a sequence of patches, and a last position that answers."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.sequences import Item, Patch, Text
from attnlab.tasks.base import Batch, Floor, Split, TaskInfo
from attnlab.tasks.checks import SizeError, check_whole, only_length
from attnlab.tasks.floors import chance
from attnlab.tasks.pictures.digit_file import digit_pictures
from attnlab.tasks.pictures.patches import fixed_order, moved, patches_of
from attnlab.tasks.split import check_split, distinct, hash_rows, is_test, pick

SIDE = 8
"""Cells of a picture to a side."""
LEVELS = 16
"""Ink of a full cell."""
FEWEST, MOST = 20, 1300
"""Pictures to train on: at least two of each digit on average, at most what the training side has."""
ANSWER = "?"
ORDERS: Mapping[str, int] = {"all": 0, "test": 1}
"""Seeds of the orders of patches: of every picture where `shuffle` is 1, and of the disturbed test."""


@dataclass(frozen=True)
class Digits:
    """One digit a picture, due at the last position, which alone is scored.

    That position holds no patch: it is the [CLS] of a vision Transformer. Its mark is the last feature, 1 there and 0
    at every patch.

    A picture is on one side by its hash. Training takes the first `train_size` of its side in the order of the hashes,
    so that fewer pictures are always some of the more. With `shuffle` 1 the patches of all pictures, of training and
    test, stand in one other order, the same for each.

    The test can be disturbed: patches in another order, the digit moved by up to `shift` cells. So one can see what a
    model took for granted.

    Floors: "chance", for the ten digits come about equally often, so that always saying one of them is no better.
    "nearest neighbour" answers as the training picture at the smallest Euclidean distance does, without learning
    anything.

    Raises:
        SizeError: a size out of bounds, or a patch that does not divide the picture.

    Source: the pictures, `digit_file`; patches, Dosovitskiy et al. 2021, https://arxiv.org/abs/2010.11929
    """

    patch_rows: int = 2
    patch_cols: int = 2
    train_size: int = 1000
    shuffle: int = 0
    shift: int = 1

    def __post_init__(self) -> None:
        for name in ("patch_rows", "patch_cols"):
            size: int = getattr(self, name)
            check_whole(name, size, 1, SIDE)
            if SIDE % size:
                message = f"{name} ({size}) must be 1, 2, 4 or {SIDE}"
                raise SizeError(name, "choice", message, got=size, choices=(1, 2, 4, SIDE))
        if self.patch_rows == self.patch_cols == SIDE:
            message = f"patch_cols ({SIDE}) must leave more than one patch"
            raise SizeError("patch_cols", "most", message, got=SIDE, most=SIDE // 2)
        check_whole("train_size", self.train_size, FEWEST, MOST)
        check_whole("shuffle", self.shuffle, 0, 1)
        check_whole("shift", self.shift, 0, 4)

    @property
    def labels(self) -> tuple[str, ...]:
        """What the classes are called."""
        return tuple("0123456789")

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of patches."""
        return SIDE // self.patch_rows, SIDE // self.patch_cols

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, floors."""
        length = math.prod(self.grid) + 1
        return TaskInfo(
            name="digits",
            symbols=None,
            num_features=self.patch_rows * self.patch_cols + 1,
            num_outputs=len(self.labels),
            regression=False,
            causal=False,
            seq_len=length,
            span=length,
            metric="accuracy",
            floors=(chance(len(self.labels)), self._nearest),
            sizes=asdict(self),
            num_test=len(self._sides["test"]),
            grid=self.grid,
        )

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs (B, T, F) float32, the ink of a patch's cells (0 to 1) and the mark; targets (B, T) the digit."""
        only_length(seq_len, self.info.seq_len)
        draw = distinct if check_split(split) == "test" else pick
        return self._batch(draw(self._sides[split], batch_size, generator))

    def examples(self, split: Split) -> Batch:
        """Every picture of one side, once."""
        return self._batch(self._sides[check_split(split)])

    def inputs_of(self, pictures: Tensor) -> Tensor:
        """What a model is given of pictures.

        Args:
            pictures: (B, SIDE, SIDE) float32, ink from 0 to 1.

        Returns:
            (B, T, F).
        """
        patches = patches_of(pictures, self.patch_rows, self.patch_cols)
        patches = patches[:, self._order] if self.shuffle else patches
        inputs = F.pad(patches, (0, 1, 0, 1))  # the mark of each patch, and the answering position
        inputs[:, -1, -1] = 1.0
        return inputs

    def pictures_of(self, inputs: Tensor) -> Tensor:
        """(B, SIDE, SIDE): the pictures that `inputs_of` was given, from what it gave."""
        rows, cols = self.grid
        patches = inputs[:, :-1, :-1]
        patches = patches[:, self._order.argsort()] if self.shuffle else patches
        cut = patches.reshape(len(inputs), rows, cols, self.patch_rows, self.patch_cols)
        return cut.transpose(2, 3).reshape(len(inputs), SIDE, SIDE)

    def disturbed(self) -> Mapping[str, Batch]:
        """All test pictures with their patches in another order, and moved; by what was done, the same at each call."""
        rows = self._sides["test"]
        pictures, digits = self._pictures[rows], self._digits[rows]
        plain = self._batch(rows)
        order = fixed_order(plain.inputs.shape[1] - 1, ORDERS["test"])
        shuffled = torch.cat((plain.inputs[:, order], plain.inputs[:, -1:]), dim=1)
        found = {"shuffled": Batch(shuffled, plain.targets, plain.scored)}
        if self.shift:
            found["shifted"] = self._made(moved(pictures, *_moves(self._hashes[rows], self.shift)), digits)
        return found

    def items(self, batch: Batch, number: int) -> tuple[Item, ...]:
        """The patches by row and column, and the position that answers."""
        return self.items_of(batch.inputs[number])

    def items_of(self, inputs: Tensor) -> tuple[Item, ...]:
        """The items of one example, (T, F)."""
        cols = self.grid[1]
        patches = [
            Patch(f"{place // cols + 1}:{place % cols + 1}", self.patch_rows, self.patch_cols, tuple(cells))
            for place, (*cells, _) in enumerate(inputs[:-1].tolist())
        ]
        return (*patches, Text(ANSWER))

    def answer_item(self, value: float) -> Item:
        """A digit is read as it is written."""
        return Text(self.labels[int(value)])

    def _batch(self, rows: Tensor) -> Batch:
        return self._made(self._pictures[rows], self._digits[rows])

    def _made(self, pictures: Tensor, digits: Tensor) -> Batch:
        inputs = self.inputs_of(pictures)
        scored = (torch.arange(inputs.shape[1]) == inputs.shape[1] - 1).expand(inputs.shape[:2])
        return Batch(inputs, digits[:, None] * scored, scored)

    @cached_property
    def _order(self) -> Tensor:
        return fixed_order(math.prod(self.grid), ORDERS["all"])

    @cached_property
    def _pictures(self) -> Tensor:
        return digit_pictures()[0].float() / LEVELS

    @cached_property
    def _digits(self) -> Tensor:
        return digit_pictures()[1].long()

    @cached_property
    def _hashes(self) -> Tensor:
        return hash_rows(digit_pictures()[0])

    @cached_property
    def _sides(self) -> Mapping[Split, Tensor]:
        test = is_test(self._hashes)
        order = self._hashes.argsort()
        return {"train": order[~test[order]][: self.train_size], "test": test.nonzero().flatten()}

    @property
    def _nearest(self) -> Floor:
        train, test = self._sides["train"], self._sides["test"]
        pixels = self._pictures.flatten(1)
        nearest = torch.cdist(pixels[test], pixels[train]).argmin(1)
        right = self._digits[train][nearest] == self._digits[test]
        return Floor("nearest neighbour", metric=right.double().mean().item())


def _moves(hashes: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Cells down and right for each picture, decided by its hash: one of those within `most`, never none at all."""
    width = 2 * most + 1
    cell = hashes.abs() % (width * width - 1)
    cell = cell + (cell >= width * width // 2)  # the middle one moves nothing
    return cell // width - most, cell % width - most
