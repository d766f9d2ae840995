"""What is to be measured: which mechanisms, at which sizes, within which bounds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from attnlab.costs.formulas import multiply_adds
from attnlab.costs.mechanisms import MECHANISMS, MechanismName
from attnlab.costs.points import Point, is_along
from attnlab.costs.sizes import AXES, BASE, MOST_TOKENS, WORKS, AxisName, Sizes, WorkName, base_along, fitting
from attnlab.engine.allowed import Allowed, check_choice

ALLOWED = Allowed(
    bounds={"longest": (8, MOST_TOKENS), "seconds": (1, 3600), "most_mib": (16, 65_536), "threads": (1, 256)}
)
STEP_COST = 300_000
"""Multiply-adds that a processor does while torch begins the few operations of a step of a recurrence."""
WRITING_STEPS = 6
"""Such steps that a token takes which is written alone."""


@dataclass(frozen=True)
class Task:
    """One point to measure."""

    mechanism: MechanismName
    work: WorkName
    sizes: Sizes


@dataclass(frozen=True)
class Asked:
    """A measurement as it is asked for.

    Raises:
        SpecError: a name that there is not, or a number out of bounds.
    """

    base: Sizes = BASE
    axes: tuple[AxisName, ...] = AXES
    works: tuple[WorkName, ...] = WORKS
    mechanisms: tuple[MechanismName, ...] = field(default_factory=lambda: tuple(MECHANISMS))
    longest: int = MOST_TOKENS  # tokens, of a curve over the length
    seconds: int = 600  # after which no point is begun
    most_mib: int = 2048  # MiB that a point may allocate
    threads: int = 1
    device: str = "auto"

    def __post_init__(self) -> None:
        ALLOWED.check(self)
        for field_name, names, known in (
            ("axes", self.axes, AXES),
            ("works", self.works, WORKS),
            ("mechanisms", self.mechanisms, MECHANISMS),
        ):
            for name in names:
                check_choice(field_name, name, known)


def planned(asked: Asked, known: Sequence[Point] = (), here: int = 0) -> list[Task]:
    """Every point once, the cheap ones first, so that all curves grow together and a bound cuts off their ends alone.

    Args:
        asked: what, at which sizes.
        known: points that there are: they are not measured again, and neither is a curve gone on with that another
            machine has begun.
        here: the origin of those that this machine has measured.
    """
    done = {(point.mechanism, point.work, point.sizes) for point in known if point.origin == here}
    tasks = dict.fromkeys(_tasks(asked, [point for point in known if point.origin != here]))
    return sorted((one for one in tasks if (one.mechanism, one.work, one.sizes) not in done), key=expected_work)


def left_to_others(asked: Asked, known: Sequence[Point], here: int = 0) -> list[Task]:
    """What nobody has measured of the curves that other machines have begun, the cheap points first.

    Their times are not to be compared with ours, so only the machine that has begun a curve goes on with it, or another
    one measures it whole.

    Args:
        asked: what, at which sizes.
        known: points that there are.
        here: the origin of those that this machine has measured.
    """
    there = {(point.mechanism, point.work, point.sizes) for point in known}
    mine = set(planned(asked, known, here))
    every = (one for one in planned(asked) if one not in mine)
    return [one for one in every if (one.mechanism, one.work, one.sizes) not in there]


def expected_work(task: Task) -> int:
    """What orders points: multiply-adds, and what torch takes to begin operations that wait for each other."""
    tokens, steps = task.sizes.seq_len, 1
    if task.mechanism == "gru":  # an LSTM is one operation to torch
        steps = tokens**2 // 2 if task.work == "generation_uncached" else tokens
    if task.work.startswith("generation"):
        steps = max(steps, WRITING_STEPS * tokens)
    return multiply_adds(task.mechanism, task.work, task.sizes) + STEP_COST * steps


def _tasks(asked: Asked, elsewhere: Sequence[Point]) -> Iterator[Task]:
    for axis in asked.axes:
        for work in asked.works:
            base = base_along(axis, work, asked.base)
            most = asked.longest if axis == "length" else base.seq_len
            for name in asked.mechanisms:
                if axis in MECHANISMS[name].axes and not _is_begun(axis, work, name, base, elsewhere):
                    yield from (Task(name, work, each) for each in fitting(axis, base) if each.seq_len <= most)


def _is_begun(axis: AxisName, work: WorkName, name: MechanismName, base: Sizes, points: Sequence[Point]) -> bool:
    """Whether there are points of that curve, beside the one where all curves meet."""
    return any(
        point.mechanism == name and point.sizes != base and is_along(point, axis, work, base) for point in points
    )
