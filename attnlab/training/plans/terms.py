"""What the sizing of contenders needs to know of a plan."""

from typing import Protocol

from attnlab.models.config import ModelPositions
from attnlab.tasks import Task


class Terms(Protocol):
    """What all contenders of a race have in common; `RacePlan` says what each may be."""

    @property
    def task(self) -> Task:
        """At its sizes."""

    @property
    def mode(self) -> str:
        """Causal or not."""

    @property
    def budget(self) -> int:
        """Parameters of each body."""

    @property
    def seed(self) -> int:
        """Of the weights."""

    @property
    def num_layers(self) -> int:
        """Blocks."""

    @property
    def num_heads(self) -> int:
        """Of multi-head families."""

    @property
    def positions(self) -> ModelPositions:
        """Of multi-head families."""

    @property
    def ff_multiple(self) -> float | None:
        """Width of the feed-forward part over d_model."""

    @property
    def dropout(self) -> float:
        """Of what each block adds."""

    @property
    def kernel_size(self) -> int:
        """Of a TCN."""

    @property
    def levels(self) -> int | None:
        """Of a TCN; as many as it takes if None."""
