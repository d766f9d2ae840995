"""What enters the first block: vectors of tokens, positions and segments, added and normed as the model does."""

from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.engine import NormWeights, normed


@dataclass(frozen=True, eq=False)
class Embedded:
    """The tokens of a text as vectors, (T, d_model) each."""

    token: Tensor
    position: Tensor  # zeros where positions are not added
    stream: Tensor  # what enters the first block


@dataclass(frozen=True, eq=False)
class Embedding:
    """The tables of an embedding.

    Source: Devlin et al. 2018 (BERT), figure 2, https://arxiv.org/abs/1810.04805
    """

    words: Tensor  # (V, d_model)
    positions: Tensor | None = None  # (positions, d_model); None under RoPE
    types: Tensor | None = None  # (segments, d_model)
    norm: NormWeights | None = None  # of the sum
    scale: float = 1.0  # of the words' vectors
    padding: int | None = None  # the id of padding, where positions are counted from behind it

    def of(self, ids: Tensor, types: Tensor, dtype: torch.dtype) -> Embedded:
        """The vectors of a text.

        Args:
            ids: (T,) of the tokens.
            types: (T,) of their segments.
            dtype: of the result; all that follows is computed in it.
        """
        token = self.words[ids].to(dtype) * self.scale
        stream, position = token, torch.zeros_like(token)
        if self.types is not None:
            stream = stream + self.types[types].to(dtype)
        if self.positions is not None:
            position = self.positions[self._places(ids)].to(dtype)
            stream = stream + position
        if self.norm is not None:
            gain, bias = self.norm.gain.to(dtype), self.norm.bias
            weights = NormWeights(gain, None if bias is None else bias.to(dtype), self.norm.kind, self.norm.eps)
            stream = normed(stream[None], weights).output[0]
        return Embedded(token, position, stream)

    def at(self, ids: Tensor, place: int, dtype: torch.dtype) -> Tensor:
        """(B, d_model): one token each of B texts, all at one place; of an embedding without segments and norm."""
        token = self.words[ids].to(dtype) * self.scale
        return token if self.positions is None else token + self.positions[place].to(dtype)

    def _places(self, ids: Tensor) -> Tensor:
        """(T,): the row of each token in the table of positions."""
        if self.padding is None:
            return torch.arange(len(ids))
        counted = (ids != self.padding).long()
        return self.padding + counted.cumsum(0) * counted
