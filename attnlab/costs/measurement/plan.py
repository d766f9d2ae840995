"""What is to be measured: which mechanisms, at which sizes, within which bounds."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from attnlab.costs.formulas import multiply_adds
from attnlab.costs.mechanisms import MECHANISMS, MechanismName
from attnlab.costs.sizes import AXES, BASE, MOST_TOKENS, WORKS, AxisName, Sizes, WorkName, fitting
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


def planned(asked: Asked) -> list[Task]:
    """Every point once, the cheap ones first, so that all curves grow together and a bound cuts off their ends alone.

    Writing is measured along the length alone: another axis would cost a text a point.
    """
    return sorted(dict.fromkeys(_tasks(asked)), key=expected_work)


def expected_work(task: Task) -> int:
    """What orders points: multiply-adds, and what torch takes to begin operations that wait for each other."""
    tokens, steps = task.sizes.seq_len, 1
    if task.mechanism == "gru":  # an LSTM is one operation to torch
        steps = tokens**2 // 2 if task.work == "generation_uncached" else tokens
    if task.work.startswith("generation"):
        steps = max(steps, WRITING_STEPS * tokens)
    return multiply_adds(task.mechanism, task.work, task.sizes) + STEP_COST * steps


def _tasks(asked: Asked) -> Iterator[Task]:
    for axis in asked.axes:
        for sizes in fitting(axis, asked.base):
            if axis == "length" and sizes.seq_len > asked.longest:
                continue
            for name in asked.mechanisms:
                for work in asked.works:
                    if axis in MECHANISMS[name].axes and (axis == "length" or not work.startswith("generation")):
                        yield Task(name, work, sizes)
