"""Everything a stack of seeded blocks depends on, in one frozen value."""

from dataclasses import dataclass
from typing import Literal, get_args

from attnlab.engine.allowed import Allowed, check_divides, check_number
from attnlab.engine.spec import MAX_DROPOUT, MAX_HEADS, MAX_SEED, DtypeName, check_tokens
from attnlab.engine.transformer.blocks import BlockSwitches
from attnlab.engine.transformer.norms import NormName

MAX_STACK_TOKENS = 32
"""A side: every part of every block is kept."""
MAX_DEPTH = 6
MAX_STACK_D_MODEL = 128
MAX_FF_WIDTH = 512

ArchitectureName = Literal["encoder", "decoder", "encoder_decoder"]
StackPositionsName = Literal["none", "sinusoidal", "rope", "alibi"]
StackActivationName = Literal["relu", "gelu", "swiglu"]
"""Of the bends that the engine knows, those that are drawn."""

ALLOWED = Allowed(
    choices={
        "architecture": get_args(ArchitectureName),
        "norm": get_args(NormName),
        "activation": get_args(StackActivationName),
        "positions": get_args(StackPositionsName),
        "dtype": get_args(DtypeName),
    },
    flags=("norm_first", "norm_on", "residual", "feed_forward"),
    bounds={
        "depth": (1, MAX_DEPTH),
        "num_heads": (1, MAX_HEADS),
        "num_kv_heads": (1, MAX_HEADS),
        "d_model": (1, MAX_STACK_D_MODEL),
        "ff_width": (1, MAX_FF_WIDTH),
        "dropout": (0.0, MAX_DROPOUT),
        "seed": (0, MAX_SEED),
    },
    optional=("num_kv_heads",),
)


@dataclass(frozen=True, kw_only=True)
class StackSpec:
    """A stack of blocks on one text, or an encoder-decoder on two.

    Raises:
        SpecError: a field out of bounds; the message names the field, what was got and what is allowed.
    """

    source_tokens: tuple[str, ...]  # what the encoder reads, or a decoder alone
    target_tokens: tuple[str, ...] = ()  # what the decoder reads beside an encoder; ignored without one
    architecture: ArchitectureName = "encoder_decoder"
    depth: int = 2  # blocks a side
    num_heads: int = 4
    num_kv_heads: int | None = None  # as many as num_heads if None
    d_model: int = 32
    ff_width: int = 64  # hidden units of a feed-forward part
    norm: NormName = "layer"
    norm_first: bool = True
    norm_on: bool = True
    activation: StackActivationName = "relu"
    residual: bool = True
    feed_forward: bool = True
    dropout: float = 0.0  # of what each part adds to the stream
    positions: StackPositionsName = "sinusoidal"
    seed: int = 0
    dtype: DtypeName = "float32"
    device: str = "cpu"  # any name of `available_devices`, or "auto"; `stack_trace` knows which are there

    def __post_init__(self) -> None:
        ALLOWED.check(self)
        for field in ("source_tokens", "target_tokens"):
            check_tokens(field, getattr(self, field))
            if field == "source_tokens" or self.reads_two_texts:
                check_number(field, len(getattr(self, field)), 1, MAX_STACK_TOKENS)
        check_divides("num_heads", self.num_heads, "d_model", self.d_model)
        check_divides("num_kv_heads", self.kv_heads, "num_heads", self.num_heads)

    @property
    def reads_two_texts(self) -> bool:
        """Whether there is cross-attention."""
        return self.architecture == "encoder_decoder"

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        """The texts that are read."""
        return (self.source_tokens, self.target_tokens) if self.reads_two_texts else (self.source_tokens,)

    @property
    def kv_heads(self) -> int:
        """G."""
        return self.num_kv_heads or self.num_heads

    @property
    def head_dim(self) -> int:
        """D."""
        return self.d_model // self.num_heads

    @property
    def switches(self) -> BlockSwitches:
        """How each block is put together."""
        return BlockSwitches(
            norm_first=self.norm_first,
            residual=self.residual,
            feed_forward=self.feed_forward,
            norm=self.norm_on,
            dropout=self.dropout,
        )
