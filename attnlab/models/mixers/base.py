"""What a mixer is: the part of a block that lets positions exchange information, and all that families differ in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from attnlab.engine import MultiHeadTrace
from attnlab.models.config import ModelConfig
from attnlab.models.parts.terms import AttentionTerms


@dataclass(frozen=True, eq=False)
class MixerTrace:
    """What a mixer gives back, and how it came about where it has attention."""

    output: Tensor  # (B, T, d_model)
    attention: MultiHeadTrace | None = None
    terms: AttentionTerms | None = None  # with attention.x and .projections: all it takes to run a variant


class Mixer(Protocol):
    """An `nn.Module` from stream to stream, (B, T, d_model) both."""

    def __call__(self, x: Tensor, /) -> Tensor:
        """The output alone, as fast as it gets."""
        ...

    def trace(self, x: Tensor) -> MixerTrace:
        """The same output, with what led to it."""
        ...


@dataclass(frozen=True)
class MixerKind:
    """One family's mixer and its sizes, which need no model. Layers count from 0."""

    build: Callable[[ModelConfig, int], Mixer]
    """Config, layer."""
    state_size: Callable[[ModelConfig, int, int], int]
    """Config, layer, positions so far: numbers a layer must keep to answer at the next position."""
    reach: Callable[[ModelConfig, int], int | None]
    """Config, layer: how many positions to a side its output sees at most; None without limit."""


def unlimited(_config: ModelConfig, _layer: int) -> None:
    """The reach of a mixer that sees everything it may."""
