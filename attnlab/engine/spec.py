"""Everything a trace depends on, in one frozen value that can be compared, hashed, cached and put into a link."""

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

from attnlab.engine.allowed import Allowed, check_divides, check_number
from attnlab.engine.choices.scores import SCORES
from attnlab.engine.edits import (
    MAX_EDITS,
    TEMPERATURES,
    Edit,
    LayerSizes,
    fits,
    importance_of,
    temperature_set,
)
from attnlab.engine.errors import SpecError

MAX_TOKENS = 128
MAX_HEADS = 16
MAX_D_MODEL = 256
MAX_HEAD_DIM = 128
MAX_SEED = 2**31 - 1
"""Of every spec, model and plan."""
MIN_TEMPERATURE, MAX_TEMPERATURE = TEMPERATURES
MAX_DROPOUT = 0.9
MIN_SOFTCAP, MAX_SOFTCAP = 0.1, 100.0
MAX_SINK = 20.0

SourceName = Literal["designed", "random", "trained"]
PositionsName = Literal["none", "sinusoidal", "learned", "rope", "alibi", "t5", "shaw"]
ScoreName = Literal["scaled_dot", "dot", "cosine", "additive", "bilinear", "gaussian", "linear"]
NormalizerName = Literal["softmax", "sparsemax", "entmax15", "sigmoid", "softmax_one", "hard", "relu"]
MaskName = Literal["none", "causal", "window", "padding", "dilated", "block", "global", "random_blocks", "prefix"]
CombineName = Literal["and", "or"]
DtypeName = Literal["float32", "float64", "bfloat16", "float16"]


CHOICES: dict[str, tuple[str, ...]] = {
    "source": get_args(SourceName),
    "positions": get_args(PositionsName),
    "score": get_args(ScoreName),
    "normalizer": get_args(NormalizerName),
    "mask": get_args(MaskName),
    "second_mask": get_args(MaskName),
    "combine": get_args(CombineName),
    "dtype": get_args(DtypeName),
}
BOUNDS: dict[str, tuple[float, float]] = {  # whole numbers where the bounds are
    "num_heads": (1, MAX_HEADS),
    "num_kv_heads": (1, MAX_HEADS),
    "d_model": (1, MAX_D_MODEL),
    "head_dim": (1, MAX_HEAD_DIM),
    "value_dim": (1, MAX_HEAD_DIM),
    "window": (1, MAX_TOKENS),
    "dilation": (1, MAX_TOKENS),
    "block": (1, MAX_TOKENS),
    "global_tokens": (0, MAX_TOKENS),
    "random_blocks": (0, MAX_TOKENS),
    "prefix": (0, MAX_TOKENS),
    "padding": (0, MAX_TOKENS),
    "seed": (0, MAX_SEED),
    "temperature": (MIN_TEMPERATURE, MAX_TEMPERATURE),
    "dropout": (0.0, MAX_DROPOUT),
    "softcap": (MIN_SOFTCAP, MAX_SOFTCAP),
    "sink": (-MAX_SINK, MAX_SINK),
}
ALLOWED = Allowed(
    choices=CHOICES,
    flags=("qk_norm", "pad_left"),
    bounds=BOUNDS,
    optional=("num_kv_heads", "head_dim", "value_dim", "softcap", "sink"),
)
TRAINED: SourceName = "trained"
"""The source that the engine does not have: whoever has a model brings its layer (`LayerInputs`)."""
MAX_LOADED_HEADS, MAX_LOADED_D_MODEL, MAX_LOADED_HEAD_DIM = 128, 8192, 512
LOADED = replace(
    ALLOWED,
    bounds=BOUNDS
    | {
        "num_heads": (1, MAX_LOADED_HEADS),
        "num_kv_heads": (1, MAX_LOADED_HEADS),
        "d_model": (1, MAX_LOADED_D_MODEL),
        "head_dim": (1, MAX_LOADED_HEAD_DIM),
        "value_dim": (1, MAX_LOADED_HEAD_DIM),
    },
)
"""What a layer of a model may have: its sizes are not asked for but found."""


@dataclass(frozen=True, kw_only=True)
class AttentionSpec:
    """One attention layer on one sentence.

    Raises:
        SpecError: a field out of bounds; the message names the field, what was got and what is allowed.
    """

    tokens: tuple[str, ...]  # padding is not among them
    source: SourceName = "designed"
    num_heads: int = 8
    num_kv_heads: int | None = None  # as many as num_heads if None
    d_model: int = 64
    head_dim: int | None = None  # d_k: d_model / num_heads if None
    value_dim: int | None = None  # d_v: d_model / num_heads if None
    positions: PositionsName = "sinusoidal"
    score: ScoreName = "scaled_dot"
    qk_norm: bool = False  # each query and key vector divided by its root mean square, before RoPE
    softcap: float | None = None  # scaled scores s become softcap * tanh(s / softcap)
    mask: MaskName = "none"
    second_mask: MaskName = "none"
    combine: CombineName = "and"  # how the two masks meet, where both are there
    window: int = 3  # of the window and the dilated mask
    dilation: int = 2
    block: int = 4  # tokens a block, of the block and random_blocks masks
    global_tokens: int = 1
    random_blocks: int = 1
    prefix: int = 3
    padding: int = 3  # pad tokens appended, under the padding mask only
    pad_left: bool = False
    normalizer: NormalizerName = "softmax"
    sink: float | None = None  # one more term e^sink below the softmax
    temperature: float = 1.0
    dropout: float = 0.0
    seed: int = 0
    dtype: DtypeName = "float32"
    device: str = "cpu"  # any name of `available_devices`, or "auto"; `trace` knows which are there
    edits: tuple[Edit, ...] = ()  # in the order they were made; those that do not fit wait

    def __post_init__(self) -> None:
        check_tokens("tokens", self.tokens)
        check_number("tokens", len(self.tokens), 1, MAX_TOKENS)
        (LOADED if self.source == TRAINED else ALLOWED).check(self)
        check_divides("num_kv_heads", self.kv_heads, "num_heads", self.num_heads)
        if None in (self.head_dim, self.value_dim):
            check_divides("num_heads", self.num_heads, "d_model", self.d_model)
        if self.sink is not None and self.normalizer != "softmax":
            message = f"sink ({self.sink}) must be left out beside normalizer {self.normalizer!r}"
            raise SpecError("sink", "beside", message, got=self.sink, other="normalizer", of=self.normalizer)
        _check_edits(self.edits)
        if self.seq_len > MAX_TOKENS:
            room = MAX_TOKENS - len(self.tokens)
            message = f"padding ({self.padding}) must be at most {room} beside {len(self.tokens)} tokens"
            raise SpecError("padding", "most", message, got=self.padding, most=room)

    @property
    def num_padding(self) -> int:
        """Pad tokens in this spec: none unless one of the masks is the padding mask."""
        return self.padding if "padding" in (self.mask, self.second_mask) else 0

    @property
    def seq_len(self) -> int:
        """T: tokens and padding."""
        return len(self.tokens) + self.num_padding

    @property
    def kv_heads(self) -> int:
        """G."""
        return self.num_kv_heads or self.num_heads

    @property
    def key_width(self) -> int:
        """D: d_k, of each query and key head."""
        return self.head_dim or self.d_model // self.num_heads

    @property
    def value_width(self) -> int:
        """Dv: d_v, of each value head."""
        return self.value_dim or self.d_model // self.num_heads

    @property
    def scale(self) -> float:
        """The factor on the scores."""
        return 1 / math.sqrt(self.key_width) if self.scaling else 1.0

    @property
    def scaling(self) -> bool:
        """Whether the score function divides by sqrt(d_k)."""
        return SCORES[self.score].scaled

    @property
    def sizes(self) -> LayerSizes:
        """What an edit must fit into."""
        return LayerSizes(
            len(self.tokens), self.seq_len, self.d_model, self.num_heads, self.key_width, self.value_width
        )

    @property
    def applied(self) -> tuple[Edit, ...]:
        """The edits that fit; the others wait until they do."""
        sizes = self.sizes
        return tuple(edit for edit in self.edits if fits(edit, sizes))

    @property
    def importance(self) -> tuple[float, ...] | None:
        """Each token's importance w, which enters as log w on the scores of that key; None if none was set."""
        return importance_of(self.applied, self.seq_len)

    @property
    def heat(self) -> float:
        """The temperature that is computed with: the one that was set by hand, if any was."""
        by_hand = temperature_set(self.applied)
        return self.temperature if by_hand is None else by_hand


def check_tokens(field: str, tokens: object) -> None:
    """Refuse what is no tuple of strings."""
    if not isinstance(tokens, tuple) or not all(isinstance(token, str) for token in tokens):
        found = type(tokens).__name__
        raise SpecError(field, "kind", f"{field} ({found}) must be a tuple of strings", got=found, wanted="tuple")


def _check_edits(edits: object) -> None:
    if not isinstance(edits, tuple) or not all(isinstance(edit, Edit) for edit in edits):
        found = type(edits).__name__
        raise SpecError("edits", "kind", f"edits ({found}) must be a tuple of edits", got=found, wanted="tuple")
    if len(edits) > MAX_EDITS:
        message = f"edits ({len(edits)}) must be at most {MAX_EDITS}"
        raise SpecError("edits", "most", message, got=len(edits), most=MAX_EDITS)
