"""What a family of encoder-decoders has to say so that its files can be read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from torch import Tensor

from attnlab.engine import BlockSwitches, BlockWeights, NormWeights, SpecError
from attnlab.pretrained.embedding import Embedding
from attnlab.pretrained.files.config import Config
from attnlab.pretrained.files.sizes import Sizes
from attnlab.pretrained.files.weights import Weights

RULE_KEYS = (
    "decoder_start_token_id",
    "eos_token_id",
    "pad_token_id",
    "forced_eos_token_id",
    "bad_words_ids",
    "renormalize_logits",
)
"""What generation_config.json may say; older files have it in config.json."""
MAX_NEVER = 1000


@dataclass(frozen=True)
class WritingRules:
    """How a text that is written begins and ends; ids."""

    start: int
    end: int
    padding: int
    ends_at_limit: bool = False  # whether the last token there is room for is the end, whatever the model says
    never: tuple[int, ...] = ()  # what is never written
    renormalised: bool = False  # whether the probabilities of what is left are made to sum to 1


@dataclass(frozen=True, kw_only=True)
class PairSizes:
    """The sizes of both halves, and the numbers that their formulas need."""

    encoder: Sizes
    decoder: Sizes
    rules: WritingRules
    embedding_scale: float = 1.0  # of the words' vectors as they enter
    output_scale: float = 1.0  # of the last stream as it enters the head
    num_buckets: int = 0  # of distances; 0 where positions are added to the stream
    farthest: int = 0  # the distance from which on all share a bucket

    @property
    def longest(self) -> int:
        """Tokens of a text that are traced, on either side."""
        return self.encoder.longest


@dataclass(frozen=True, eq=False)
class PairParts:
    """An encoder-decoder in the engine's types."""

    embedding: Embedding  # of both halves
    encoder: tuple[BlockWeights, ...]
    decoder: tuple[BlockWeights, ...]
    head: Tensor  # (V, d_model)
    head_bias: Tensor | None = None  # (V,)
    encoder_norm: NormWeights | None = None  # of the last stream
    decoder_norm: NormWeights | None = None
    encoder_distances: Tensor | None = None  # (H, buckets), added to the scores of self-attention
    decoder_distances: Tensor | None = None


@dataclass(frozen=True, eq=False)
class PairArchitecture:
    """One family: which keys of its config are read, and which of its tensors is what."""

    switches: BlockSwitches
    prefix: str  # of the tensors in files that have a head beside the model
    words: tuple[str, ...]  # what the embedding is called, the first that is there: files keep one of equal tensors
    layers: str  # what a layer's number follows, behind "encoder." and "decoder."
    sizes: Callable[[Config], PairSizes]
    parts: Callable[[Weights, PairSizes, str], PairParts]

    def read(self, weights: Weights, sizes: PairSizes) -> PairParts:
        """The model in a file.

        Raises:
            SpecError: a tensor is missing or of another shape, or the file holds more layers than the config says.
        """
        bare = any(weights.has(name) for name in self.words)
        named = weights if bare else weights.below(self.prefix)
        words = next((name for name in self.words if named.has(name)), self.words[0])
        parts = self.parts(named, sizes, words)
        for side, half in (("encoder", sizes.encoder), ("decoder", sizes.decoder)):
            beyond = f"{named.prefix}{side}.{self.layers}{half.num_layers}."
            more = next((name for name in weights.tensors if name.startswith(beyond)), None)
            if more is not None:
                message = f"weights ({more!r:.120}) must end with layer {half.num_layers - 1}, as config.json says"
                raise SpecError("weights", "tensors", message, got=more)
        return parts


def writing_rules(config: Config, vocab_size: int) -> WritingRules:
    """How a family's texts begin and end. Raises as `Config`, and for words that are forbidden as a sequence."""
    last = vocab_size - 1
    end = config.whole("eos_token_id", last, low=0)
    padding = config.whole("pad_token_id", last, low=0)
    if config.has("forced_eos_token_id"):
        config.must_be("forced_eos_token_id", end)
    return WritingRules(
        start=config.whole("decoder_start_token_id", last, padding, low=0),
        end=end,
        padding=padding,
        ends_at_limit=config.has("forced_eos_token_id"),
        never=tuple(_never(config.values.get("bad_words_ids"), last)),
        renormalised=config.flag("renormalize_logits", False),
    )


def _never(said: object, last: int) -> Iterable[int]:
    """The ids of single tokens that are never written."""
    if said is None:
        return
    rows = said if isinstance(said, list) and len(said) <= MAX_NEVER else [None]
    for row in rows:
        one = row[0] if isinstance(row, list) and len(row) == 1 else None
        if isinstance(one, bool) or not isinstance(one, int) or not 0 <= one <= last:
            message = f"bad_words_ids ({said!r:.60}) must be a list of lists of one id each, from 0 to {last}"
            raise SpecError("bad_words_ids", "form", message, got=said)
        yield one
