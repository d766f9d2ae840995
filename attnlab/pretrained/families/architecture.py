"""What a family of models has to say so that its files can be read."""

from collections.abc import Callable
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from attnlab.engine import BlockWeights, NormWeights, SpecError, normed
from attnlab.engine.stack import SideName
from attnlab.engine.transformer.feed_forward import BENDS, ActivationName
from attnlab.pretrained.embedding import Embedding
from attnlab.pretrained.files.config import Config
from attnlab.pretrained.files.sizes import Sizes
from attnlab.pretrained.files.weights import Weights


@dataclass(frozen=True, eq=False)
class MaskedHead:
    """What makes logits of the word at a place of an encoder's last stream: a layer, a norm, and the words.

    Source: Devlin et al. 2018, section 3.1 (Masked LM), https://arxiv.org/abs/1810.04805
    """

    dense: Tensor  # (d_model, d_model), as torch keeps it
    dense_bias: Tensor  # (d_model,)
    activation: ActivationName
    norm: NormWeights
    words: Tensor  # (V, d_model)
    bias: Tensor  # (V,)

    def logits(self, stream: Tensor) -> Tensor:
        """(N, d_model) -> (N, V)."""
        bent = BENDS[self.activation](F.linear(stream, self.dense.to(stream), self.dense_bias.to(stream)))
        found = normed(bent[None], self.norm).output[0]
        return F.linear(found, self.words.to(stream), self.bias.to(stream))


@dataclass(frozen=True, eq=False)
class Parts:
    """A model in the engine's types."""

    embedding: Embedding
    blocks: tuple[BlockWeights, ...]
    final_norm: NormWeights | None = None  # of the last stream
    head: Tensor | None = None  # (V, d_model), what makes logits of the next word of it
    masked: MaskedHead | None = None  # what makes logits of the word at each place of it


@dataclass(frozen=True, eq=False)
class Architecture:
    """One family: which keys of its config are read, and which of its tensors is what."""

    side: SideName  # an encoder sees the whole text, a decoder only what came before
    norm_first: bool
    prefix: str  # of the tensors in files that have a head beside the model
    first: str  # the tensor that every file of the family has, by which the prefix is found
    layers: str  # what a layer's number follows
    sizes: Callable[[Config], Sizes]
    parts: Callable[[Weights, Sizes], Parts]
    rotary: bool = False

    def read(self, weights: Weights, sizes: Sizes) -> Parts:
        """The model in a file.

        Raises:
            SpecError: a tensor is missing or of another shape, or the file holds more layers than the config says.
        """
        named = weights if weights.has(self.first) else weights.below(self.prefix)
        parts = self.parts(named, sizes)
        beyond = f"{named.prefix}{self.layers}{sizes.num_layers}."
        more = next((name for name in weights.tensors if name.startswith(beyond)), None)
        if more is not None:
            message = f"weights ({more!r:.120}) must end with layer {sizes.num_layers - 1}, as config.json says"
            raise SpecError("weights", "tensors", message, got=more)
        return parts
