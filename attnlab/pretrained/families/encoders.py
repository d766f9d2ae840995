"""BERT and its kin: DistilBERT has no segments and other names, RoBERTa counts positions from behind its padding.

Sources: Devlin et al. 2018, https://arxiv.org/abs/1810.04805; Liu et al. 2019 (RoBERTa),
https://arxiv.org/abs/1907.11692; Sanh et al. 2019 (DistilBERT), https://arxiv.org/abs/1910.01108. The names of keys and
tensors are those of the files that Hugging Face's transformers writes.
"""

from dataclasses import replace
from typing import Any

from torch import Tensor

from attnlab.engine import BlockWeights
from attnlab.engine.transformer.feed_forward import ActivationName
from attnlab.pretrained.embedding import Embedding
from attnlab.pretrained.families.architecture import Architecture, MaskedHead, Parts
from attnlab.pretrained.files.config import Config
from attnlab.pretrained.files.sizes import ACTIVATIONS, BOUNDS, LARGEST_EPS, Sizes, counted, head_dim_of
from attnlab.pretrained.files.weights import Weights, feed_forward_weights, projections

DISTILBERT_EPS = 1e-12
BERT_KEYS = {
    "num_layers": "num_hidden_layers",
    "num_heads": "num_attention_heads",
    "d_model": "hidden_size",
    "ff_width": "intermediate_size",
    "vocab_size": "vocab_size",
    "num_positions": "max_position_embeddings",
    "num_types": "type_vocab_size",
}
DISTILBERT_KEYS = {
    "num_layers": "n_layers",
    "num_heads": "n_heads",
    "d_model": "dim",
    "ff_width": "hidden_dim",
    "vocab_size": "vocab_size",
    "num_positions": "max_position_embeddings",
}


def bert_sizes(config: Config) -> Sizes:
    """The sizes of a BERT. Raises as `Config`."""
    config.must_be("position_embedding_type", "absolute")
    config.must_be("is_decoder", False)
    config.must_be("add_cross_attention", False)
    bend, eps = config.choice("hidden_act", ACTIVATIONS), config.real("layer_norm_eps", 0.0, LARGEST_EPS)
    return _sizes(counted(config, BERT_KEYS), bend, eps)


def roberta_sizes(config: Config) -> Sizes:
    """The sizes of a RoBERTa, whose first positions no token of a text has. Raises as `Config`."""
    padding = config.whole("pad_token_id", BOUNDS["vocab_size"], 1, low=0)
    sizes = bert_sizes(config)
    return replace(sizes, padding=padding, num_positions=sizes.num_positions - padding - 1)


def distilbert_sizes(config: Config) -> Sizes:
    """The sizes of a DistilBERT. Raises as `Config`."""
    return _sizes(counted(config, DISTILBERT_KEYS), config.choice("activation", ACTIVATIONS), DISTILBERT_EPS)


def _sizes(read: dict[str, Any], activation: ActivationName, eps: float) -> Sizes:
    num_heads, head_dim = read["num_heads"], head_dim_of(read["d_model"], read["num_heads"])
    return Sizes(**read, num_kv_heads=num_heads, head_dim=head_dim, activation=activation, eps=eps)


BERT_NAMES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "output": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "feed_forward_norm": "output.LayerNorm",
}
DISTILBERT_NAMES = {
    "query": "attention.q_lin",
    "key": "attention.k_lin",
    "value": "attention.v_lin",
    "output": "attention.out_lin",
    "attention_norm": "sa_layer_norm",
    "up": "ffn.lin1",
    "down": "ffn.lin2",
    "feed_forward_norm": "output_layer_norm",
}


# Of a head that says the word at a masked place: a layer, its norm, and the bias of the words.
BERT_HEAD = ("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias")
ROBERTA_HEAD = ("lm_head.dense", "lm_head.layer_norm", "lm_head.bias")
DISTILBERT_HEAD = ("vocab_transform", "vocab_layer_norm", "vocab_projector.bias")


def bert_parts(weights: Weights, sizes: Sizes) -> Parts:
    """A BERT in the engine's types. Raises as `Weights.of`."""
    return _parts(weights, sizes, "encoder.layer.", BERT_NAMES, BERT_HEAD, sizes.activation)


def roberta_parts(weights: Weights, sizes: Sizes) -> Parts:
    """A RoBERTa in the engine's types, whose head bends in one way alone. Raises as `Weights.of`."""
    return _parts(weights, sizes, "encoder.layer.", BERT_NAMES, ROBERTA_HEAD, "gelu")


def distilbert_parts(weights: Weights, sizes: Sizes) -> Parts:
    """A DistilBERT in the engine's types. Raises as `Weights.of`."""
    return _parts(weights, sizes, "transformer.layer.", DISTILBERT_NAMES, DISTILBERT_HEAD, sizes.activation)


def _parts(
    weights: Weights,
    sizes: Sizes,
    layers: str,
    names: dict[str, str],
    head: tuple[str, str, str],
    bend: ActivationName,
) -> Parts:
    d_model, below = sizes.d_model, weights.below("embeddings.")
    before_first = 0 if sizes.padding is None else sizes.padding + 1
    embedding = Embedding(
        words=below.of("word_embeddings.weight", sizes.vocab_size, d_model),
        positions=below.of("position_embeddings.weight", sizes.num_positions + before_first, d_model),
        types=below.of("token_type_embeddings.weight", sizes.num_types, d_model) if sizes.num_types else None,
        norm=below.layer_norm("LayerNorm", sizes),
        padding=sizes.padding,
    )
    blocks = (_block(weights.below(f"{layers}{layer}."), sizes, names) for layer in range(sizes.num_layers))
    return Parts(embedding, tuple(blocks), masked=_masked(weights, embedding.words, sizes, head, bend))


def _masked(
    weights: Weights, words: Tensor, sizes: Sizes, names: tuple[str, str, str], bend: ActivationName
) -> MaskedHead | None:
    """The head, whose words are the embedding's; None of a file that has none."""
    whole = Weights(weights.tensors)
    dense, norm, bias = names
    if not whole.has(f"{dense}.weight"):
        return None
    weight, dense_bias = (
        whole.of(f"{dense}.weight", sizes.d_model, sizes.d_model),
        whole.of(f"{dense}.bias", sizes.d_model),
    )
    return MaskedHead(weight, dense_bias, bend, whole.layer_norm(norm, sizes), words, whole.of(bias, sizes.vocab_size))


def _block(weights: Weights, sizes: Sizes, names: dict[str, str]) -> BlockWeights:
    d_model, ff_width = sizes.d_model, sizes.ff_width
    query, key, value, output = (
        weights.linear(names[part], d_model, d_model) for part in ("query", "key", "value", "output")
    )
    up, down = weights.linear(names["up"], ff_width, d_model), weights.linear(names["down"], d_model, ff_width)
    return BlockWeights(
        projections(query, key, value, output, sizes),
        weights.layer_norm(names["attention_norm"], sizes),
        feed_forward_weights(up, down, sizes),
        weights.layer_norm(names["feed_forward_norm"], sizes),
    )


WORDS = "embeddings.word_embeddings.weight"
ENCODERS = {
    "bert": Architecture("encoder", False, "bert.", WORDS, "encoder.layer.", bert_sizes, bert_parts),
    "roberta": Architecture("encoder", False, "roberta.", WORDS, "encoder.layer.", roberta_sizes, roberta_parts),
    "distilbert": Architecture(
        "encoder", False, "distilbert.", WORDS, "transformer.layer.", distilbert_sizes, distilbert_parts
    ),
}
