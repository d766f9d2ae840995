"""Whether conditions hold of what is shown."""

import math
from collections.abc import Iterable

from torch import Tensor

from attnlab.engine import SpecError
from attnlab.lessons.lesson import Asking, ComparatorName, Condition, PictureName, Plain
from attnlab.lessons.measures import MEASURES, Value
from attnlab.lessons.shown import Shown, ShownLayer, ShownStack

CLOSE = 1e-9


def picture_of(shown: Shown) -> PictureName:
    """What is looked at."""
    if isinstance(shown, ShownLayer):
        return "layer"
    return "stack" if isinstance(shown, ShownStack) else "races"


def measured(asking: Asking, shown: Shown, *others: tuple[str, Plain]) -> Value:
    """What is asked for.

    Args:
        asking: the measure, and what it is asked about.
        shown: of what.
        others: arguments beside.

    Raises:
        SpecError: it cannot be computed of this picture, or the picture not at all.
    """
    return MEASURES[picture_of(shown)][asking.measure].of(shown, dict((*asking.arguments, *others)))


def holds(condition: Condition, shown: Shown) -> bool:
    """Whether a condition is true of what is shown. Raises as `measured`."""
    if condition.asking is None:
        value: Value = shown.settings.values()[condition.setting]
    else:
        value = measured(condition.asking, shown)
    if isinstance(value, Tensor):
        raise SpecError("measure", "kind", "measure must give one value to be compared", got="row", wanted="value")
    return compared(value, condition.comparator, condition.bound)


def reached(goal: Iterable[Condition], shown: Shown) -> bool:
    """Whether all of them hold. A picture that cannot be computed, or has no such head, reaches nothing."""
    try:
        return all(holds(condition, shown) for condition in goal)
    except SpecError:
        return False


def compared(value: Plain | None, comparator: ComparatorName, bound: tuple[Plain, ...]) -> bool:
    """A value against a bound; words and numbers are never the same, and a field left empty is nothing."""
    if comparator in {"equals", "among"}:
        return any(_same(value, one) for one in bound)
    numbers = [one for one in bound if not isinstance(one, str)]
    if value is None or isinstance(value, str) or len(numbers) != len(bound) or math.isnan(value):
        return False
    if comparator == "below":
        return value < numbers[0]
    if comparator == "above":
        return value > numbers[0]
    low, high = numbers
    return low <= value <= high if comparator == "between" else abs(value - low) <= high


def _same(value: Plain | None, bound: Plain) -> bool:
    if isinstance(value, (int, float)) and isinstance(bound, (int, float)):
        return abs(value - bound) <= CLOSE
    return value == bound
