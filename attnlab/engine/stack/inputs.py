"""What a stack is made of and what enters it, wherever the weights come from: seeded or trained."""

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from attnlab.engine.choices.positions import ROTARY_BASE
from attnlab.engine.spec import DtypeName
from attnlab.engine.stack.spec import ArchitectureName, StackPositionsName
from attnlab.engine.transformer.blocks import PLAIN, BlockSwitches, BlockWeights
from attnlab.engine.transformer.feed_forward import ActivationName
from attnlab.engine.transformer.norms import NormWeights

SideName = Literal["encoder", "decoder"]


@dataclass(frozen=True, eq=False)
class StackWeights:
    """The weights of all blocks and of the head, V words wide.

    Raises:
        ValueError: no block at all, or a decoder whose blocks have no cross-attention beside an encoder, or have it
            without one.
    """

    encoder: tuple[BlockWeights, ...]  # () if there is none
    decoder: tuple[BlockWeights, ...]
    encoder_norm: NormWeights | None  # of the encoder's last stream
    decoder_norm: NormWeights | None
    output_proj: Tensor  # (d_model, V); V is 0 in a stack without a head
    output_bias: Tensor | None = None  # (V,)

    def __post_init__(self) -> None:
        if not (self.encoder or self.decoder):
            raise ValueError("encoder and decoder (0 blocks) must have at least one block together")
        if any((block.cross_attention is not None) != bool(self.encoder) for block in self.decoder):
            raise ValueError("the decoder's blocks must have cross_attention beside an encoder, and only there")


@dataclass(frozen=True, eq=False)
class StackInputs:
    """A stack and what it gets: everything `stack_trace` needs. A stack that stands alone reads the source.

    Raises:
        ValueError: tokens, embeddings, positions or vocabulary of sizes that do not fit.
    """

    weights: StackWeights
    source_tokens: tuple[str, ...]  # S of them
    source_embedding: Tensor  # (S, d_model), of the tokens alone
    vocabulary: tuple[str, ...]  # V words, which the logits are about
    target_tokens: tuple[str, ...] = ()  # T of them; () unless there is an encoder and a decoder
    target_embedding: Tensor | None = None  # (T, d_model)
    source_positions: Tensor | None = None  # (S, d_model), added to the embedding; None if nothing is
    target_positions: Tensor | None = None  # (T, d_model)
    source_vocabulary: tuple[str, ...] | None = None  # of a model that has two; else as `vocabulary`
    source_bias: Tensor | None = None  # (H, S, S), added to the scaled scores of the source's self-attention
    target_bias: Tensor | None = None  # (H, T, T)
    source_mask: Tensor | None = None  # (S,) bool, True = a word, False = padding; None if all are words
    switches: BlockSwitches = PLAIN
    positions: StackPositionsName = "none"  # RoPE and ALiBi act within self-attention
    rotary_base: float = ROTARY_BASE  # of RoPE
    seed: int = 0  # of dropout
    dtype: DtypeName = "float32"
    device: str = "cpu"

    def __post_init__(self) -> None:
        d_model, words = self.weights.output_proj.shape
        if len(self.vocabulary) != words:
            raise ValueError(f"vocabulary ({len(self.vocabulary)}) must have the {words} words of output_proj")
        if (self.target_embedding is not None) != (self.architecture == "encoder_decoder"):
            raise ValueError(
                f"target_embedding must come with an encoder-decoder and no other, got {self.architecture}"
            )
        for text in ("source", "target"):
            tokens = getattr(self, f"{text}_tokens")
            for name in (f"{text}_embedding", f"{text}_positions"):
                tensor = getattr(self, name)
                if tensor is not None and tensor.shape != (len(tokens), d_model):
                    raise ValueError(f"{name} {tuple(tensor.shape)} must be {(len(tokens), d_model)}")
        for side in self.sides:
            bias, length, heads = self.bias(side), len(self.tokens(side)), self.blocks(side)[0].self_attention.num_heads
            if bias is not None and bias.shape != (heads, length, length):
                raise ValueError(f"bias of the {side} {tuple(bias.shape)} must be {(heads, length, length)}")
        if self.source_mask is not None and self.source_mask.shape != (len(self.source_tokens),):
            raise ValueError(f"source_mask {tuple(self.source_mask.shape)} must be ({len(self.source_tokens)},)")

    @property
    def architecture(self) -> ArchitectureName:
        """Which stacks there are."""
        if self.weights.encoder and self.weights.decoder:
            return "encoder_decoder"
        return "encoder" if self.weights.encoder else "decoder"

    @property
    def sides(self) -> tuple[SideName, ...]:
        """The stacks there are, in the order of the computation; the last one gives the logits."""
        return ("encoder", "decoder") if self.architecture == "encoder_decoder" else (self.architecture,)

    @property
    def activation(self) -> ActivationName:
        """Of the feed-forward parts."""
        return (self.weights.encoder or self.weights.decoder)[0].feed_forward.activation

    @property
    def num_tokens(self) -> int:
        """Of all texts."""
        return len(self.source_tokens) + len(self.target_tokens)

    def blocks(self, side: SideName) -> tuple[BlockWeights, ...]:
        """The weights of one stack."""
        return self.weights.encoder if side == "encoder" else self.weights.decoder

    def tokens(self, side: SideName) -> tuple[str, ...]:
        """What a stack reads."""
        return self.target_tokens if self._reads_target(side) else self.source_tokens

    def embedding(self, side: SideName) -> Tensor:
        """The vectors of the tokens that a stack reads."""
        if self._reads_target(side) and self.target_embedding is not None:
            return self.target_embedding
        return self.source_embedding

    def position_embedding(self, side: SideName) -> Tensor | None:
        """What is added to them; None if nothing is."""
        return self.target_positions if self._reads_target(side) else self.source_positions

    def bias(self, side: SideName) -> Tensor | None:
        """What is added to the scores of its self-attention; None if nothing is."""
        return self.target_bias if self._reads_target(side) else self.source_bias

    def _reads_target(self, side: SideName) -> bool:
        return side == "decoder" and self.architecture == "encoder_decoder"
