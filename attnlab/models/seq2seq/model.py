"""Embeddings, a body, a head: a model that writes one sequence while it looks at another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.models.config import FamilyName
from attnlab.models.parts.initialise import fill, laid_out
from attnlab.models.parts.padding import PAD_ID, used_columns
from attnlab.models.parts.residual import placed
from attnlab.models.seq2seq.base import Body, Decoded, Memory
from attnlab.models.seq2seq.config import Seq2SeqConfig
from attnlab.models.seq2seq.recurrent import BahdanauBody, SummaryBody
from attnlab.models.seq2seq.transformer import TransformerBody

BODIES: Mapping[FamilyName, Callable[[Seq2SeqConfig], nn.Module]] = MappingProxyType(
    {"transformer": TransformerBody, "gru_attention": BahdanauBody, "gru": SummaryBody}
)


@dataclass(frozen=True, eq=False)
class Seq2SeqTrace:
    """What a model made of sources and targets."""

    logits: Tensor  # (B, T, num_outputs)
    cross_weights: Tensor | None  # (B, L, H, T, S); None without attention


class Seq2SeqModel(nn.Module):
    """An encoder-decoder of any family.

    The same config gives the same weights on every device, as in `SequenceModel`. Positions (sinusoidal) are added in a
    Transformer alone: a GRU knows the order anyway.

    Args:
        config: what to build.
        device: where to put it; "meta" for a model without numbers.
    """

    def __init__(self, config: Seq2SeqConfig, *, device: torch.device | str = "cpu") -> None:
        super().__init__()
        self.config = config
        with laid_out():
            self.source_embedding = nn.Embedding(config.source_vocab_size, config.d_model)
            self.target_embedding = nn.Embedding(config.target_vocab_size, config.d_model)
            self.body = BODIES[config.family](config)
            self.head = nn.Linear(config.d_model, config.num_outputs)
        fill(self, self.head, config.seed, device)

    @property
    def outside(self) -> tuple[nn.Module | None, ...]:
        """What is not the body: embeddings and head."""
        return (self.source_embedding, self.target_embedding, self.head)

    def forward(self, inputs: Tensor) -> Tensor:
        """The next word at every position of the target.

        Args:
            inputs: (B, S + T) int64: the source, padded to source_len, and the target so far, from its start.

        Returns:
            (B, T, num_outputs); zeros where all targets of the batch are padding, which costs nothing to compute.

        Raises:
            ValueError: inputs of another shape or dtype, too short or too long.
        """
        source, target = self.parts(inputs)
        source, known = source[:, : used_columns(source)], target[:, : used_columns(target)]
        logits: Tensor = self.head(self._decode(self.encode(source), known, look=False).states)
        return F.pad(logits, (0, 0, 0, target.shape[1] - known.shape[1]))

    def trace(self, inputs: Tensor) -> Seq2SeqTrace:
        """`forward`, with who looked where."""
        source, target = self.parts(inputs)
        return self.decode(self.encode(source), target)

    def parts(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Source (B, S) and target (B, T). Raises what `forward` does."""
        split, most = self.config.source_len, self.config.source_len + self.config.target_len
        if inputs.ndim != 2 or inputs.dtype != torch.int64 or not split < inputs.shape[1] <= most:
            allowed = f"(B, {split + 1} to {most}) int64"
            raise ValueError(f"inputs {tuple(inputs.shape)} {inputs.dtype} must be {allowed}")
        return inputs[:, :split], inputs[:, split:]

    def encode(self, source: Tensor) -> Memory:
        """Read sources, (B, S) ids with `PAD_ID` behind the words."""
        return self.read(self.source_embedding(source), source != PAD_ID)

    def read(self, embedding: Tensor, mask: Tensor) -> Memory:
        """The rest of `encode`, from the words' vectors (B, S, d_model): where gradients for them begin."""
        return cast("Body", self.body).encode(placed(embedding, self.config.family), mask)

    def decode(self, memory: Memory, target: Tensor) -> Seq2SeqTrace:
        """What follows after each position of targets (B, T), and who looked where."""
        decoded = self._decode(memory, target, look=True)
        return Seq2SeqTrace(self.head(decoded.states), decoded.cross_weights)

    def next_logits(self, memory: Memory, target: Tensor) -> Tensor:
        """(B, num_outputs): what follows after targets (B, T), start included."""
        logits: Tensor = self.head(self._decode(memory, target, look=False).states[:, -1])
        return logits

    def _decode(self, memory: Memory, target: Tensor, *, look: bool) -> Decoded:
        embedded = placed(self.target_embedding(target), self.config.family)
        return cast("Body", self.body).decode(memory, embedded, look=look)
