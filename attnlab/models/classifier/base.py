"""What a body makes of a text, whatever it is made of."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Pooled:
    """A text as one vector, and who had how much of a part in it."""

    vector: Tensor  # (B, d_model), from which the head tells the class; zeros for a text without words
    shares: Tensor | None = None  # (B, T): each word's part in the pooling, rows sum to 1; None if no word has one
    attention: Tensor | None = None  # (B, L, H, T, T), of a Transformer, if it was asked


class Body(Protocol):
    """An `nn.Module` between the embedding and the head."""

    def pooled(self, embedded: Tensor, mask: Tensor, *, look: bool = False) -> Pooled:
        """Read texts.

        Args:
            embedded: (B, T, d_model), zeros at padding, which stands behind the words.
            mask: (B, T) bool, True = a word.
            look: keep shares and attention, at the price of the fused kernel.
        """
        ...


def word_means(values: Tensor, mask: Tensor) -> Tensor:
    """(B, d): the mean of (B, T, d) over the words; zeros where there are none."""
    counts = mask.sum(1, keepdim=True).clamp(min=1)
    means: Tensor = values.masked_fill(~mask[..., None], 0.0).sum(1) / counts
    return means


def even_shares(mask: Tensor, like: Tensor) -> Tensor:
    """(B, T) of the type of `like`: the same share for each word."""
    return mask.to(like.dtype) / mask.sum(1, keepdim=True).clamp(min=1)
