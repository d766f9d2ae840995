"""The diagram of a stack: which parts hang on which stream, in the order of the computation, and what they are called.

A part's place names it in the link and in the picture: `decoder.2.cross_attention`, its norm
`decoder.2.cross_attention.norm`, its sum `decoder.2.cross_attention.add`; `decoder.embedding`, `decoder.logits`.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from attnlab.engine.stack import SideName, StackTrace
from attnlab.engine.transformer.blocks import PartTrace
from attnlab.engine.transformer.norms import NormTrace

Role = Literal["norm", "body", "add"]


@dataclass(frozen=True)
class Place:
    """A part that can be opened."""

    side: SideName
    name: str  # embedding, self_attention, cross_attention, feed_forward, final_norm, memory, logits
    block: int | None = None  # from 0
    role: Role = "body"

    @property
    def path(self) -> str:
        """As the link names it."""
        within = "" if self.block is None else f"{self.block + 1}."
        return f"{self.side}.{within}{self.name}{'' if self.role == 'body' else f'.{self.role}'}"


@dataclass(frozen=True)
class Row:
    """One part on the stream: its pieces in the order of the computation."""

    pieces: tuple[Place, ...]

    @property
    def body(self) -> Place:
        """The piece that the row is named after."""
        return next(piece for piece in self.pieces if piece.role == "body")


def rows_of(trace: StackTrace, side: SideName) -> Iterator[tuple[int | None, Row]]:
    """The rows of a stack from top to bottom, each with its block."""
    yield None, Row((Place(side, "embedding"),))
    for number, block in enumerate(trace.blocks(side)):
        for part in block.parts:
            yield number, Row(tuple(Place(side, part.name, number, role) for role in _roles(trace, part)))
    if last_norm(trace, side) is not None:
        yield None, Row((Place(side, "final_norm"),))
    if side != trace.inputs.sides[-1]:
        yield None, Row((Place(side, "memory"),))
    elif trace.inputs.vocabulary:  # of a pretrained model only the blocks are taken apart
        yield None, Row((Place(side, "logits"),))


def last_norm(trace: StackTrace, side: SideName) -> NormTrace | None:
    """The norm after the last block of a stack."""
    return trace.final_norm if side == trace.inputs.sides[-1] else trace.memory_norm


def _roles(trace: StackTrace, part: PartTrace) -> tuple[Role, ...]:
    if part.norm is None:
        return "body", "add"
    return ("norm", "body", "add") if trace.inputs.switches.norm_first else ("body", "add", "norm")


@functools.lru_cache(maxsize=16)
def places_of(trace: StackTrace) -> dict[str, Place]:
    """Every part that can be opened, by its path."""
    return {piece.path: piece for side in trace.inputs.sides for _, row in rows_of(trace, side) for piece in row.pieces}


def part_of(trace: StackTrace, place: Place) -> PartTrace | None:
    """The stages of a part within a block; None of what stands before or after all blocks."""
    if place.block is None:
        return None
    return next(part for part in trace.blocks(place.side)[place.block].parts if part.name == place.name)


def words_of(trace: StackTrace, place: Place, words: Mapping[str, Any]) -> Mapping[str, str]:
    """What the prose says about a part: name, line, formula and its MathML."""
    found: Mapping[str, str] = words["parts"][_words_key(trace, place)]
    return found


def _words_key(trace: StackTrace, place: Place) -> str:
    part = part_of(trace, place)
    if part is None:
        return place.name
    if place.role == "add":
        return "add" if trace.inputs.switches.residual else "add_none"
    if place.role == "norm" and part.norm is not None:
        return f"norm_{part.norm.weights.kind}"
    if part.feed_forward is not None:
        return f"feed_forward_{part.feed_forward.weights.activation}"
    return "masked_attention" if place.name == "self_attention" and place.side == "decoder" else place.name
