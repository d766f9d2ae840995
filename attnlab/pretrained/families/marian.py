"""Marian, the translators of OPUS-MT: a Transformer as in the first paper, with one vocabulary for both languages.

Source: Junczys-Dowmunt et al. 2018, https://arxiv.org/abs/1804.00344; Tiedemann and Thottingal 2020,
https://aclanthology.org/2020.eamt-1.61. The names of keys and tensors are those of the files that Hugging Face's
transformers writes.
"""

import math

import torch
from torch import Tensor

from attnlab.engine import BlockSwitches, BlockWeights, Projections, sinusoidal_positions
from attnlab.pretrained.embedding import Embedding
from attnlab.pretrained.families.pair import PairArchitecture, PairParts, PairSizes, writing_rules
from attnlab.pretrained.files.config import Config
from attnlab.pretrained.files.sizes import ACTIVATIONS, Sizes, counted, head_dim_of
from attnlab.pretrained.files.weights import Weights, feed_forward_weights, projections

EPS = 1e-5
SHARED_KEYS = {"d_model": "d_model", "vocab_size": "vocab_size", "num_positions": "max_position_embeddings"}
SIDE_KEYS = {"num_layers": "{}_layers", "num_heads": "{}_attention_heads", "ff_width": "{}_ffn_dim"}
# Variants of the files' own kin, mBART and BART, that would be computed otherwise.
FIXED = {
    "share_encoder_decoder_embeddings": True,
    "tie_word_embeddings": True,
    "static_position_embeddings": True,
    "normalize_before": False,
    "normalize_embedding": False,
    "add_final_layer_norm": False,
}


def marian_sizes(config: Config) -> PairSizes:
    """The sizes of a Marian. Raises as `Config`."""
    for key, wanted in FIXED.items():
        config.must_be(key, wanted)
    encoder, decoder = _side(config, "encoder"), _side(config, "decoder")
    config.must_be("decoder_vocab_size", encoder.vocab_size)
    scaled = config.flag("scale_embedding", False)
    return PairSizes(
        encoder=encoder,
        decoder=decoder,
        rules=writing_rules(config, encoder.vocab_size),
        embedding_scale=math.sqrt(encoder.d_model) if scaled else 1.0,
    )


def _side(config: Config, side: str) -> Sizes:
    read = counted(config, SHARED_KEYS | {size: key.format(side) for size, key in SIDE_KEYS.items()})
    return Sizes(
        **read,
        num_kv_heads=read["num_heads"],
        head_dim=head_dim_of(read["d_model"], read["num_heads"]),
        activation=config.choice("activation_function", ACTIVATIONS, "gelu"),
        eps=EPS,
    )


def marian_parts(weights: Weights, sizes: PairSizes, words: str) -> PairParts:
    """A Marian in the engine's types. Raises as `Weights.of`."""
    whole = Weights(weights.tensors)
    vocab_size, d_model = sizes.encoder.vocab_size, sizes.encoder.d_model
    table = weights.of(words, vocab_size, d_model)
    biased = whole.has("final_logits_bias")
    return PairParts(
        embedding=Embedding(table, halved_positions(sizes.longest, d_model), scale=sizes.embedding_scale),
        encoder=_blocks(weights, sizes.encoder, "encoder"),
        decoder=_blocks(weights, sizes.decoder, "decoder"),
        head=table,
        head_bias=whole.of("final_logits_bias", 1, vocab_size)[0] if biased else None,
    )


def halved_positions(seq_len: int, d_model: int) -> Tensor:
    """(T, d_model) float32: sinusoidal positions as Marian orders them, all sines and then all cosines.

    They are rounded to float32, as the files have them, also where all that follows is float64.
    """
    table = sinusoidal_positions(seq_len, d_model)
    return torch.cat([table[:, 0::2], table[:, 1::2]], 1).float()


def _blocks(weights: Weights, sizes: Sizes, side: str) -> tuple[BlockWeights, ...]:
    layers = (weights.below(f"{side}.layers.{layer}.") for layer in range(sizes.num_layers))
    return tuple(_block(one, sizes, crosses=side == "decoder") for one in layers)


def _block(weights: Weights, sizes: Sizes, *, crosses: bool) -> BlockWeights:
    d_model, width = sizes.d_model, sizes.ff_width

    def attention(name: str) -> Projections:
        parts = ("q_proj", "k_proj", "v_proj", "out_proj")
        query, key, value, output = (weights.linear(f"{name}.{part}", d_model, d_model) for part in parts)
        return projections(query, key, value, output, sizes)

    up, down = weights.linear("fc1", width, d_model), weights.linear("fc2", d_model, width)
    return BlockWeights(
        attention("self_attn"),
        weights.layer_norm("self_attn_layer_norm", sizes),
        feed_forward_weights(up, down, sizes),
        weights.layer_norm("final_layer_norm", sizes),
        attention("encoder_attn") if crosses else None,
        weights.layer_norm("encoder_attn_layer_norm", sizes) if crosses else None,
    )


MARIAN = PairArchitecture(
    switches=BlockSwitches(norm_first=False),
    prefix="model.",
    words=("shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"),
    layers="layers.",
    sizes=marian_sizes,
    parts=marian_parts,
)
