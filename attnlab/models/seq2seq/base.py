"""What the two halves of an encoder-decoder give each other, whatever they are made of."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from attnlab.engine import MultiHeadTrace


@dataclass(frozen=True, eq=False)
class Memory:
    """A source, read."""

    states: Tensor  # (B, S, d_model); what stands at padding means nothing
    mask: Tensor  # (B, S) bool, True = a word
    summary: Tensor | None = None  # (B, d_model), of a recurrent encoder: its last states

    def repeated(self, times: int) -> "Memory":
        """The memory of a batch of one, for `times` hypotheses at once."""
        summary = None if self.summary is None else self.summary.expand(times, -1)
        return Memory(self.states.expand(times, -1, -1), self.mask.expand(times, -1), summary)


@dataclass(frozen=True, eq=False)
class Decoded:
    """A target, read against a memory."""

    states: Tensor  # (B, T, d_model), from which the head tells the next word
    cross_weights: Tensor | None = None  # (B, L, H, T, S): who looked where; None if it was not asked or does not exist
    layers: tuple[MultiHeadTrace, ...] = ()  # of a Transformer: its cross-attention, layer by layer, if asked


class Body(Protocol):
    """An `nn.Module` between the embeddings and the head."""

    def encode(self, embedded: Tensor, mask: Tensor) -> Memory:
        """Read sources, (B, S, d_model) with (B, S) True at words."""
        ...

    def decode(self, memory: Memory, embedded: Tensor, *, look: bool = False) -> Decoded:
        """Read targets as far as they go, (B, T, d_model); position t sees those up to t.

        Args:
            memory: of the sources.
            embedded: the targets.
            look: keep the cross-attention, at the price of the fused kernel.
        """
        ...
