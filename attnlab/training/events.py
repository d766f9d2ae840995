"""What happens in a race, one small frozen value each."""

from dataclasses import dataclass

from attnlab.models import FamilyName
from attnlab.training.loop import ChunkResult


@dataclass(frozen=True)
class ChunkDone:
    """A contender trained for a chunk of steps."""

    family: FamilyName
    result: ChunkResult


@dataclass(frozen=True)
class Evaluated:
    """A contender was scored on the test batch."""

    family: FamilyName
    step: int
    loss: float
    metric: float | None


@dataclass(frozen=True)
class SnapshotDue:
    """A contender is at a step whose snapshot is wanted: pack it before asking for the next event."""

    family: FamilyName
    step: int


@dataclass(frozen=True)
class Diverged:
    """A contender's numbers are no longer finite. It keeps its last finite weights, those of this step, and stops."""

    family: FamilyName
    step: int


@dataclass(frozen=True)
class Finished:
    """A contender has trained for all its steps, or seconds."""

    family: FamilyName
    step: int


Event = ChunkDone | Evaluated | SnapshotDue | Diverged | Finished
