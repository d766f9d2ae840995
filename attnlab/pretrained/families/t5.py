"""T5, 1.0 and 1.1: distances in the scores instead of positions in the stream, RMS norms, nothing biased.

    scores = query . key + table[head, bucket of the distance]        without 1 / sqrt(D)

Sources: Raffel et al. 2020, section 2.1, https://arxiv.org/abs/1910.10683; 1.1, its gated GELU and its head of its own:
Shazeer 2020, https://arxiv.org/abs/2002.05202, and the authors' notes in text-to-text-transfer-transformer. The names
of keys and tensors are those of the files that Hugging Face's transformers writes.
"""

from torch import Tensor

from attnlab.engine import BlockSwitches, BlockWeights, FeedForwardWeights, NormWeights, Projections
from attnlab.engine.choices.positions import T5_BUCKETS, T5_FARTHEST
from attnlab.engine.transformer.feed_forward import GATED, ActivationName
from attnlab.pretrained.embedding import Embedding
from attnlab.pretrained.families.pair import PairArchitecture, PairParts, PairSizes, writing_rules
from attnlab.pretrained.files.config import Config
from attnlab.pretrained.files.sizes import BOUNDS, LARGEST_EPS, MAX_TRACED, Sizes, counted
from attnlab.pretrained.files.weights import Weights, projections

MAX_BUCKETS, MAX_FARTHEST = 1024, 2**20
KEYS = {
    "num_heads": "num_heads",
    "head_dim": "d_kv",
    "d_model": "d_model",
    "ff_width": "d_ff",
    "vocab_size": "vocab_size",
}
FEED_FORWARD: dict[str, ActivationName] = {
    "relu": "relu",
    "gelu": "gelu",
    "gelu_new": "gelu_new",
    "silu": "swish",
    "gated-gelu": "geglu",
    "gated-silu": "swiglu",
}


def t5_sizes(config: Config) -> PairSizes:
    """The sizes of a T5. Raises as `Config`."""
    layers = config.whole("num_layers", BOUNDS["num_layers"])
    encoder = _side(config, layers)
    buckets = config.whole("relative_attention_num_buckets", MAX_BUCKETS, T5_BUCKETS, low=4)
    scaled = config.flag("scale_decoder_outputs", encoder.tied)
    return PairSizes(
        encoder=encoder,
        decoder=_side(config, config.whole("num_decoder_layers", BOUNDS["num_layers"], layers)),
        rules=writing_rules(config, encoder.vocab_size),
        output_scale=encoder.d_model**-0.5 if scaled else 1.0,
        num_buckets=buckets,
        farthest=config.whole("relative_attention_max_distance", MAX_FARTHEST, T5_FARTHEST, low=buckets),
    )


def _side(config: Config, num_layers: int) -> Sizes:
    read = counted(config, KEYS)
    return Sizes(
        **read,
        num_layers=num_layers,
        num_kv_heads=read["num_heads"],
        num_positions=MAX_TRACED,  # a distance is never too far
        activation=config.choice("feed_forward_proj", FEED_FORWARD, "relu"),
        eps=config.real("layer_norm_epsilon", 0.0, LARGEST_EPS, 1e-6),
        tied=config.flag("tie_word_embeddings", True),
    )


def t5_parts(weights: Weights, sizes: PairSizes, words: str) -> PairParts:
    """A T5 in the engine's types. Raises as `Weights.of`."""
    table = weights.of(words, sizes.encoder.vocab_size, sizes.encoder.d_model)
    # Files of newer libraries say that the head is the embedding, and hold another one all the same.
    own = weights.has("lm_head.weight") or not sizes.encoder.tied
    return PairParts(
        embedding=Embedding(table),
        encoder=_blocks(weights, sizes.encoder, "encoder"),
        decoder=_blocks(weights, sizes.decoder, "decoder"),
        head=weights.of("lm_head.weight", *table.shape) if own else table,
        encoder_norm=_norm(weights, "encoder.final_layer_norm", sizes.encoder),
        decoder_norm=_norm(weights, "decoder.final_layer_norm", sizes.decoder),
        encoder_distances=_distances(weights, sizes, "encoder"),
        decoder_distances=_distances(weights, sizes, "decoder"),
    )


def _distances(weights: Weights, sizes: PairSizes, side: str) -> Tensor:
    """(H, buckets): the table that all layers of a half share lies in its first one."""
    name = f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
    return weights.of(name, sizes.num_buckets, sizes.encoder.num_heads).T


def _blocks(weights: Weights, sizes: Sizes, side: str) -> tuple[BlockWeights, ...]:
    layers = (weights.below(f"{side}.block.{layer}.layer.") for layer in range(sizes.num_layers))
    return tuple(_block(one, sizes, crosses=side == "decoder") for one in layers)


def _block(weights: Weights, sizes: Sizes, *, crosses: bool) -> BlockWeights:
    last = 2 if crosses else 1
    return BlockWeights(
        _attention(weights.below("0.SelfAttention."), sizes),
        _norm(weights, "0.layer_norm", sizes),
        _feed_forward(weights.below(f"{last}.DenseReluDense."), sizes),
        _norm(weights, f"{last}.layer_norm", sizes),
        _attention(weights.below("1.EncDecAttention."), sizes) if crosses else None,
        _norm(weights, "1.layer_norm", sizes) if crosses else None,
    )


def _attention(weights: Weights, sizes: Sizes) -> Projections:
    d_model, inner = sizes.d_model, sizes.num_heads * sizes.head_dim
    query, key, value = (weights.linear(name, inner, d_model, biased=False) for name in "qkv")
    return projections(query, key, value, weights.linear("o", d_model, inner, biased=False), sizes)


def _feed_forward(weights: Weights, sizes: Sizes) -> FeedForwardWeights:
    d_model, width = sizes.d_model, sizes.ff_width
    gated = sizes.activation in GATED
    up, _ = weights.linear("wi_0" if gated else "wi", width, d_model, biased=False)
    gate = weights.linear("wi_1", width, d_model, biased=False)[0].T if gated else None
    down, _ = weights.linear("wo", d_model, width, biased=False)
    return FeedForwardWeights(up.T, None, down.T, None, gate, None, sizes.activation)


def _norm(weights: Weights, name: str, sizes: Sizes) -> NormWeights:
    return NormWeights(weights.of(f"{name}.weight", sizes.d_model), None, "rms", sizes.eps)


T5 = PairArchitecture(
    switches=BlockSwitches(norm_first=True, scaled=False),
    prefix="",
    words=("shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"),
    layers="block.",
    sizes=t5_sizes,
    parts=t5_parts,
)
