"""What happens in a race, one small frozen value each."""

from dataclasses import dataclass

from attnlab.training.racing.loop import ChunkResult


@dataclass(frozen=True)
class ChunkDone:
    """A contender trained for a chunk of steps."""

    contender: str
    result: ChunkResult


@dataclass(frozen=True)
class Evaluated:
    """A contender was scored on the test batch."""

    contender: str
    step: int
    loss: float
    metric: float | None
    examples: int  # that were scored


@dataclass(frozen=True)
class SnapshotDue:
    """A contender is at a step whose snapshot is wanted: pack it before asking for the next event."""

    contender: str
    step: int


@dataclass(frozen=True)
class Diverged:
    """A contender's numbers are no longer finite. It keeps its last finite weights, those of this step, and stops."""

    contender: str
    step: int


@dataclass(frozen=True)
class Finished:
    """A contender has trained for all its steps, or seconds."""

    contender: str
    step: int


Event = ChunkDone | Evaluated | SnapshotDue | Diverged | Finished
