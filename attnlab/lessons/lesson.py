"""What a lesson is: predictions and tasks in an order, each with a link that says what is shown."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

PictureName = Literal["layer", "stack", "races"]
"""What is looked at: the explorer's layer, the stack of the blocks page, or what races have come to."""
AskName = Literal["choice", "number", "cell", "weights", "order", "curve"]
ComparatorName = Literal["equals", "below", "above", "between", "among", "within"]
HidesName = Literal["nothing", "x", "scores", "masked_scores", "weights", "head_output", "output", "picture"]
"""From which matrix of the stage on no number is sent while a prediction is open; "picture": none at all."""
Plain: TypeAlias = str | int | float | bool


class LessonError(ValueError):
    """A lesson that cannot be read or is not true; the message names the lesson and the step."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"lesson {place}: {why}")
        self.place = place


@dataclass(frozen=True)
class Asking:
    """A measure of what is shown, by its name in the registry, and what it is asked about."""

    measure: str
    arguments: tuple[tuple[str, Plain], ...] = ()


@dataclass(frozen=True)
class Condition:
    """What must hold of a measure, or of a setting."""

    asking: Asking | None  # None: of the setting
    setting: str  # "" where a measure is meant
    comparator: ComparatorName
    bound: tuple[Plain, ...]


@dataclass(frozen=True)
class Option:
    """An answer to choose; it is right if its conditions hold of what is revealed."""

    id: str
    when: tuple[Condition, ...]


@dataclass(frozen=True)
class Item:
    """One of those to put in order, by a measure of its own link or with an argument of its own."""

    id: str
    link: str
    arguments: tuple[tuple[str, Plain], ...]


@dataclass(frozen=True)
class Point:
    """A place of a curve: its height is a measure of a link of its own, or with an argument of its own."""

    at: str  # what stands below it
    link: str
    arguments: tuple[tuple[str, Plain], ...]


@dataclass(frozen=True)
class Curve:
    """A line that is drawn from place to place on an axis that is fixed, so that it gives nothing away."""

    low: float
    high: float
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What is guessed before it is computed."""

    id: str
    picture: PictureName
    link: str  # what is shown while it is open
    reveal: str  # what the engine is asked
    ask: AskName
    hides: HidesName
    recalls: str = ""  # the lesson that it asks about again, two before
    options: tuple[Option, ...] = ()  # of a choice
    asking: Asking | None = None  # of all others
    tolerance: float = (
        0.0  # of a number, as a share of the truth; of weights, in total variation; of a curve, of its axis
    )
    items: tuple[Item, ...] = ()  # of an order, the first has most
    curve: Curve | None = None

    @property
    def offered(self) -> tuple[str, ...]:
        """The ids of what there is to choose among or to put in order."""
        return (*(option.id for option in self.options), *(item.id for item in self.items))


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is done until a goal holds; any way that reaches it counts."""

    id: str
    picture: PictureName
    link: str  # where it begins
    solution: str  # one way; "show me" opens it
    goal: tuple[Condition, ...]
    show: tuple[str, ...]  # the settings whose controls are on screen


Step: TypeAlias = Prediction | Task


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One idea."""

    id: str
    after: tuple[str, ...]  # what it builds on
    minutes: int
    steps: tuple[Step, ...]
