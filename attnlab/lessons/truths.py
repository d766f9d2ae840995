"""The answers, computed: no file has one."""

from dataclasses import dataclass

from torch import Tensor

from attnlab.lessons.goals import measured, reached
from attnlab.lessons.lesson import Curve, Item, LessonError, Point, Prediction
from attnlab.lessons.raced import Raced
from attnlab.lessons.shown import Shown, ShownLayer, ShownRace, params_of, shown
from attnlab.settings.fields import Settings


@dataclass(frozen=True)
class Truth:
    """What a prediction was about. What another kind of question has is empty."""

    option: str = ""  # of a choice
    number: float = 0.0
    row: tuple[float, ...] = ()  # of a cell and of weights, a number a token; of a curve, its heights
    names: tuple[str, ...] = ()  # of those
    order: tuple[str, ...] = ()  # the first has most
    values: tuple[float, ...] = ()  # of the items in that order


def truth_of(prediction: Prediction, began: Settings, revealed: Settings, raced: Raced | None = None) -> Truth:
    """The answer.

    Args:
        prediction: what is asked.
        began: the settings that are shown while it is open.
        revealed: those that the engine is asked about.
        raced: what a race has come to that was run for it; None: what ships.

    Raises:
        LessonError: not one option but none or several are right, or a measure that gives another kind of value.
        SpecError: what the engine refuses.
    """
    picture = shown(revealed, began, raced)
    if prediction.ask == "choice":
        return Truth(option=_right(prediction, picture))
    if prediction.ask == "order":
        return _order(prediction, began, raced)
    if prediction.curve is not None:
        return _curve(prediction, prediction.curve, began, raced)
    asking = prediction.asking
    value = None if asking is None else measured(asking, picture)
    if prediction.ask == "number" and isinstance(value, (int, float)):
        return Truth(number=float(value))
    if prediction.ask in {"cell", "weights"} and isinstance(value, Tensor):
        return Truth(row=tuple(value.double().tolist()), names=names_along(picture))
    raise LessonError(prediction.id, f"ask ({prediction.ask!r}) must have a measure of its kind")


def blanks_of(truth: Truth) -> dict[str, str]:
    """What a sentence about an answer may have blanks for."""
    first, last = (truth.values[0], truth.values[-1]) if truth.values else (0.0, 0.0)
    return {"truth": f"{truth.number:g}", "first": f"{first:.3g}", "last": f"{last:.3g}"}


def names_along(picture: Shown) -> tuple[str, ...]:
    """What a row of numbers is told by: the tokens that are looked at."""
    if isinstance(picture, ShownRace):
        return ()
    return picture.trace.tokens if isinstance(picture, ShownLayer) else picture.trace.inputs.source_tokens


def _right(prediction: Prediction, picture: Shown) -> str:
    right = [option.id for option in prediction.options if reached(option.when, picture)]
    if len(right) != 1:
        raise LessonError(prediction.id, f"one option must be right, and these are: {', '.join(right) or 'none'}")
    return right[0]


def _order(prediction: Prediction, began: Settings, raced: Raced | None) -> Truth:
    values = {item.id: _value(prediction, item, began, raced) for item in prediction.items}
    order = sorted(values, key=lambda name: -values[name])
    return Truth(order=tuple(order), values=tuple(values[name] for name in order))


def _curve(prediction: Prediction, curve: Curve, began: Settings, raced: Raced | None) -> Truth:
    heights = tuple(_value(prediction, point, began, raced) for point in curve.points)
    return Truth(row=heights, names=tuple(point.at for point in curve.points))


def _value(prediction: Prediction, one: Item | Point, began: Settings, raced: Raced | None) -> float:
    """The number of one that has a link or an argument of its own."""
    if prediction.asking is None:
        raise LessonError(prediction.id, f"ask ({prediction.ask!r}) must have a measure")
    settings = type(began).strict(params_of(one.link))
    value = measured(prediction.asking, shown(settings, began, raced), *one.arguments)
    if isinstance(value, (Tensor, str)):
        raise LessonError(prediction.id, f"ask ({prediction.ask!r}) must have a measure that gives numbers")
    return float(value)
