"""What a contender has learned at a snapshot: computed once for each probe, shared by all sessions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import torch
from torch import Tensor

from attnlab.byte_cache import kept
from attnlab.engine import SpecError
from attnlab.looks.trained.opened import Origin, looking, model_of
from attnlab.models import (
    SequenceModel,
    agreement,
    attention_maps,
    distance_profile,
    half_life,
    influence,
    occlusion,
)
from attnlab.sequences import Item, Level
from attnlab.settings.drawn.moved import HIGHEST
from attnlab.tasks import Digits, Motif, Series, Task, answer_texts, input_items
from attnlab.tasks.pictures import LEVELS, SIDE
from attnlab.text import UNKNOWN
from attnlab.training.scoring.breakdown import Share, accuracy_by_distance, accuracy_by_length, accuracy_by_position
from attnlab.training.scoring.evaluate import answers, disturbed_scores, held_out
from attnlab.training.scoring.predictions import Prediction, predictions

DRAWS = 4
"""Other examples from which occlusion takes its replacements."""
MOST_OCCLUDED = 48
"""Positions: a longer probe is not checked, since the check runs the model on each position of each draw."""
ROOM = 0.5
"""How far beyond the range of what was learned from a value of a series can be moved, as a share of that range."""
EXAMPLES = 3
PICTURES = 10
"""Examples where each is a small picture."""


@dataclass(frozen=True, eq=False)
class Look:
    """One contender at one step, on one probe."""

    attention: Tensor | None  # (L, H, T, T); 2T with trailing blanks
    influence: Tensor  # (T, T), rows sum to 1
    agreement: float | None  # rank correlation with occlusion
    checked: bool  # whether occlusion was computed
    fades: float | str | None  # half-life in positions, "wall" or "flat"


@kept
def look(origin: Origin, contender: str, probe: "Probe") -> Look:
    """Look through one snapshot.

    Raises:
        StoreError: there is no such snapshot.
        ValueError: a probe that the model does not take.
    """
    model, inputs = _model(origin, contender), probe.inputs
    with looking(model):
        lengths = influence(model, inputs)
        shares = lengths / lengths.sum(-1, keepdim=True).where(lengths.sum(-1, keepdim=True) > 0, 1.0)
        checked = inputs.shape[1] <= MOST_OCCLUDED
        agrees = agreement(lengths, occlusion(model, inputs, _draws(origin.plan.task, inputs))) if checked else None
        return Look(
            attention=attention_maps(model, inputs),
            influence=shares,
            agreement=agrees,
            checked=checked,
            fades=half_life(distance_profile(lengths, model.config)),
        )


@kept
def answers_at(origin: Origin, contender: str) -> tuple[Prediction, ...]:
    """Held-out examples with the answers of a snapshot; the same examples for every contender."""
    model = _model(origin, contender)
    with looking(model):
        task = origin.plan.task
        return predictions(model, task, EXAMPLES if task.info.grid is None else PICTURES)


@kept
def verdict(origin: Origin, contender: str, probe: "Probe") -> tuple[float, ...]:
    """The probability that a snapshot gives to each class at the last position of a probe. Raises as `look`."""
    model = _model(origin, contender)
    with looking(model):
        return tuple(answers(model, probe.inputs)[0, -1].softmax(-1).tolist())


@kept
def forecast(origin: Origin, contender: str, probe: "Probe") -> float:
    """What a snapshot answers at the last position of a probe, in the task's units. Raises as `look`."""
    model = _model(origin, contender)
    with looking(model):
        return float(answers(model, probe.inputs)[0, -1, 0])


@kept
def disturbed_at(origin: Origin, contender: str) -> dict[str, float]:
    """The metric of a snapshot on its task's final test and on the disturbed ones, by what was done to them."""
    model, task = _model(origin, contender), origin.plan.task
    with looking(model):
        return disturbed_scores(model, task)


@kept
def shares_at(origin: Origin, contender: str, by: str, lengths: tuple[int, ...] = ()) -> tuple[Share, ...]:
    """How often a snapshot is right, by distance, position or length; empty where the task has no such thing."""
    model, task = _model(origin, contender), origin.plan.task
    with looking(model):
        if by == "length":
            return accuracy_by_length(model, task, lengths)
        found = accuracy_by_distance if by == "distance" else accuracy_by_position
        return found(model, task) or ()


def _model(origin: Origin, contender: str) -> SequenceModel:
    return cast("SequenceModel", model_of(origin, contender))


@dataclass(frozen=True)
class Probe:
    """One example to look at; hashable, so that what was seen of it can be kept."""

    tokens: tuple[str, ...]
    values: tuple[int, ...] | tuple[tuple[float, ...], ...]  # symbol numbers, or features
    unknown: tuple[str, ...] = field(default=(), compare=False)  # different words that the vocabulary lacks
    answers: tuple[str | None, ...] = field(default=(), compare=False)  # T, due at each place; nothing of a typed one
    items: tuple[Item, ...] = field(default=(), compare=False)  # T, where they are more than their tokens
    number: int | None = field(default=None, compare=False)  # of a test example, or of that which was drawn over
    drawn: tuple[int, ...] = field(default=(), compare=False)  # ink of each cell of a picture that somebody has drawn

    @property
    def inputs(self) -> Tensor:
        """(1, T) int64, or (1, T, num_features) float32."""
        features = bool(self.values) and isinstance(self.values[0], tuple)
        return torch.tensor([self.values], dtype=torch.float32 if features else torch.int64)


def held_out_probe(task: Task, number: int) -> Probe:
    """A test example."""
    batch = held_out(task, examples=1, seed=number)
    row = batch.inputs[0].tolist()
    values = tuple(map(tuple, row)) if task.info.symbols is None else tuple(row)
    items = input_items(task, batch, 0)
    named, due = tuple(item.label for item in items), answer_texts(task, batch, 0)
    return Probe(named, values, answers=due, items=items, number=number)


def drawn_probe(task: Digits, cells: tuple[int, ...], number: int) -> Probe:
    """A probe from a picture that somebody has drawn.

    Args:
        task: says how it is cut.
        cells: ink of each, row by row, from 0 to `LEVELS`.
        number: of the test example that it was drawn over.
    """
    inputs = task.inputs_of(torch.tensor(cells, dtype=torch.float32).reshape(1, SIDE, SIDE) / LEVELS)
    items = task.items_of(inputs[0])
    values = tuple(map(tuple, inputs[0].tolist()))
    return Probe(tuple(item.label for item in items), values, items=items, number=number, drawn=cells)


@dataclass(frozen=True)
class Curve:
    """The values of a series that a model reads, and how far they can be moved."""

    held_out: tuple[float, ...]  # T, before anybody moved one
    moved: tuple[tuple[int, int], ...]  # place from 0 and height from 0 to `HIGHEST`, of those that were moved
    low: float
    high: float
    movable: int  # the first so many of the values

    def height(self, steps: int) -> float:
        """The value that stands so many steps above the lower edge."""
        return self.low + steps / HIGHEST * (self.high - self.low)


def curve_of(task: Series, probe: Probe, moved: Mapping[int, int]) -> Curve:
    """A held-out window and what somebody has moved of it.

    Where windows are told relative to their last value, that one is 0 whatever the series did, and stays.

    Args:
        task: says in which range values are.
        probe: the window as it was held out.
        moved: heights by place, as `settings.moved` reads them.

    Raises:
        SpecError: of the field "drawn", a place that cannot be moved.
    """
    values = tuple(row[0] for row in probe.values if isinstance(row, tuple))
    movable = len(values) - task.relative
    if beyond := [place for place in moved if place >= movable]:
        message = f"drawn (value {beyond[0] + 1}) must move values 1 to {movable}"
        raise SpecError("drawn", "fixed", message, got=beyond[0] + 1, low=1, high=movable)
    bar = task.answer_item(values[0])
    room = ROOM * (bar.high - bar.low)
    return Curve(values, tuple(sorted(moved.items())), bar.low - room, bar.high + room, movable)


def moved_probe(task: Series, curve: Curve, number: int) -> Probe:
    """A probe from a window of a series of which somebody has moved values.

    Args:
        task: names the values.
        curve: the window, and what was moved.
        number: of the test example that it was.
    """
    values = list(curve.held_out)
    for place, steps in curve.moved:
        values[place] = curve.height(steps)
    items: tuple[Level, ...] = tuple(map(task.answer_item, values))
    return Probe(tuple(item.label for item in items), tuple((value,) for value in values), items=items, number=number)


def ink_of(task: Digits, probe: Probe) -> tuple[int, ...]:
    """The ink of each cell of a probe's picture, row by row, from 0 to `LEVELS`."""
    return tuple((task.pictures_of(probe.inputs)[0] * LEVELS).round().int().flatten().tolist())


def typed_probe(task: Task, text: str, most: int) -> Probe:
    """A probe from what somebody typed: symbols with spaces between them, or a text where symbols are characters.

    A task on the learner's own words reads those that it does not know, which keep their spelling.

    Raises:
        SpecError: symbols that the task does not have; none or too many; of the field "sequence" no DNA.
    """
    if isinstance(task, Motif):
        return _dna_probe(task, text)
    symbols = task.info.symbols or ()
    single = task.info.name == "next_character"
    tokens = tuple(text[: most + 1] if single else text.split()[: most + 1])
    numbers = {symbol: number for number, symbol in enumerate(symbols)}
    unknown = sorted(set(tokens) - numbers.keys())
    if unknown and UNKNOWN not in numbers:
        raise SpecError("probe", "choice", " ".join(unknown), got=" ".join(unknown), choices=symbols)
    if not 1 <= len(tokens) <= most:
        raise SpecError("probe_length", "range", str(len(tokens)), got=len(tokens), low=1, high=most)
    return Probe(tokens, tuple(numbers.get(token, numbers.get(UNKNOWN, 0)) for token in tokens), tuple(unknown))


def _dna_probe(task: Motif, text: str) -> Probe:
    ids = task.encode(text).tolist()
    symbols = task.info.symbols or ()
    return Probe(tuple(symbols[number] for number in ids), tuple(ids))


def _draws(task: Task, inputs: Tensor) -> Tensor:
    """Other examples, cut or repeated to the probe's length."""
    others = held_out(task, examples=DRAWS + 1, seed=1).inputs[1:]
    length = inputs.shape[1]
    repeats = [1, -(-length // others.shape[1]), *[1] * (others.ndim - 2)]
    return others.repeat(*repeats)[:, :length]
