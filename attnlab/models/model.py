"""The one skeleton: embed, a stack of residual blocks, norm, head."""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from attnlab.engine import MultiHeadTrace
from attnlab.models.config import PICTURE_FAMILIES, ModelConfig
from attnlab.models.parts.block import BlockTrace, ResidualBlock, norm_layer
from attnlab.models.parts.initialise import fill, laid_out
from attnlab.models.parts.terms import sinusoidal_table


@dataclass(frozen=True, eq=False)
class ModelTrace:
    """Everything a model made of its inputs. With trailing blanks, all but the logits have 2T positions."""

    inputs: Tensor
    embedding: Tensor  # (B, T, d_model), without positions
    position_embedding: Tensor | None  # (T, d_model), where positions are added to the stream
    blocks: tuple[BlockTrace, ...]
    final: Tensor  # (B, T, d_model), what the head reads
    logits: Tensor  # (B, T, num_outputs)

    @property
    def streams(self) -> tuple[Tensor, ...]:
        """(B, T, d_model) each: the residual stream before the first block and after every block."""
        return (self.blocks[0].x, *(block.output for block in self.blocks))

    @property
    def attention(self) -> tuple[MultiHeadTrace | None, ...]:
        """One a block; None where the mixer has no attention."""
        return tuple(block.mixer.attention for block in self.blocks)


class SequenceModel(nn.Module):
    """A model of any family: an answer at every position.

    The same config gives the same weights on every device and whatever was drawn before: modules are laid out on the
    meta device, where nothing is drawn, and then filled on the CPU from generators named after them.

    Args:
        config: what to build.
        device: where to put it; "meta" for a model without numbers, which is enough to count them.
    """

    def __init__(self, config: ModelConfig, *, device: torch.device | str = "cpu") -> None:
        super().__init__()
        self.config = config
        d_model = config.d_model
        with laid_out():
            self.embedding = (
                nn.Linear(config.num_features, d_model)
                if config.num_features is not None
                else nn.Embedding(config.vocab_size or 0, d_model)
            )
            self.positions = (
                nn.Embedding(config.max_positions, d_model) if config.position_encoding == "learned" else None
            )
            self.blank = nn.Embedding(1, d_model) if config.trailing_blanks else None
            self.blocks = nn.ModuleList(ResidualBlock(config, layer) for layer in range(config.num_layers))
            self.final_norm = norm_layer(config) if config.norm_first else nn.Identity()  # else the stream is normed
            self.head = nn.Linear(d_model, config.num_outputs)
        fill(self, self.head, config.seed, device)

    @property
    def outside(self) -> tuple[nn.Module | None, ...]:
        """What is not the body: what turns inputs into vectors, and the head."""
        return (self.embedding, self.positions, self.blank, self.head)

    def forward(self, inputs: Tensor) -> Tensor:
        """Answers at every position.

        Args:
            inputs: (B, T) int64 token ids below vocab_size, or (B, T, num_features) of the model's dtype.

        Returns:
            (B, T, num_outputs): logits, or values in a regression task.

        Raises:
            ValueError: inputs of another shape or dtype, or longer than max_len.
        """
        return self.answers(self.embed(inputs))

    def embed(self, inputs: Tensor) -> Tensor:
        """(B, T, d_model): the vectors of the inputs, before positions. Takes and raises what `forward` does."""
        self._check(inputs)
        vectors: Tensor = self.embedding(inputs)
        return vectors

    def answers(self, embedding: Tensor) -> Tensor:
        """The rest of `forward`, from what `embed` gave: where gradients with respect to the inputs begin.

        Args:
            embedding: (B, T, d_model).

        Returns:
            (B, T, num_outputs).
        """
        stream = self._placed(self._with_blanks(embedding))
        for block in self.blocks:
            stream = block(stream)
        logits: Tensor = self.head(self.final_norm(self._answering(stream)))
        return logits

    def trace(self, inputs: Tensor) -> ModelTrace:
        """`forward` with everything in between; differentiable, and with dropout unless the model is in `eval()`."""
        embedding = self._with_blanks(self.embed(inputs))
        stream, blocks = self._placed(embedding), []
        for block in self.blocks:
            blocks.append(cast("ResidualBlock", block).trace(stream))
            stream = blocks[-1].output
        final: Tensor = self.final_norm(stream)
        logits: Tensor = self.head(self._answering(final))
        return ModelTrace(inputs, embedding, self._position_embedding(embedding), tuple(blocks), final, logits)

    def _check(self, inputs: Tensor) -> None:
        features, limit = self.config.num_features, self.config.max_len
        shape, dtype = ("(B, T)", torch.int64) if features is None else (f"(B, T, {features})", self.head.weight.dtype)
        fits = inputs.ndim == 2 if features is None else inputs.ndim == 3 and inputs.shape[2] == features
        if not fits or inputs.dtype != dtype:
            raise ValueError(f"inputs {tuple(inputs.shape)} {inputs.dtype} must be {shape} {dtype}")
        if self.config.family in PICTURE_FAMILIES and inputs.shape[1] != limit:
            raise ValueError(f"inputs ({inputs.shape[1]} positions) must have max_len = {limit}, a whole picture")
        if not 1 <= inputs.shape[1] <= limit:
            raise ValueError(f"inputs ({inputs.shape[1]} positions) must have between 1 and max_len = {limit}")

    def _with_blanks(self, embedding: Tensor) -> Tensor:
        if self.blank is None:
            return embedding
        return torch.cat((embedding, self.blank.weight.expand_as(embedding)), dim=1)

    def _position_embedding(self, embedding: Tensor) -> Tensor | None:
        length, width = embedding.shape[1:]
        if self.positions is not None:
            return self.positions.weight[:length]
        if self.config.position_encoding == "sinusoidal":
            return sinusoidal_table(length, width, embedding.dtype, embedding.device)
        return None

    def _placed(self, embedding: Tensor) -> Tensor:
        positions = self._position_embedding(embedding)
        return embedding if positions is None else embedding + positions

    def _answering(self, stream: Tensor) -> Tensor:
        """The positions where answers are read: with trailing blanks, the blanks."""
        return stream if self.blank is None else stream[:, stream.shape[1] // 2 :]
