"""GPT-2, and Llama with its kin: causal, normed first, with a head that is the embedding unless the file has its own.

Sources: Radford et al. 2019 (GPT-2), https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf;
Touvron et al. 2023 (LLaMA), section 2.2, https://arxiv.org/abs/2302.13971. The names of keys and tensors are those of
the files that Hugging Face's transformers writes.
"""

from torch import Tensor

from attnlab.engine import BlockWeights, FeedForwardWeights, NormWeights, Projections, SpecError
from attnlab.engine.choices.positions import ROTARY_BASE
from attnlab.pretrained.embedding import Embedding
from attnlab.pretrained.families.architecture import Architecture, Parts
from attnlab.pretrained.files.config import Config
from attnlab.pretrained.files.sizes import ACTIVATIONS, BOUNDS, LARGEST_EPS, Sizes, counted, head_dim_of
from attnlab.pretrained.files.weights import Linear, Weights, projections

LARGEST_BASE = 1e9
GPT2_KEYS = {
    "num_layers": "n_layer",
    "num_heads": "n_head",
    "d_model": "n_embd",
    "vocab_size": "vocab_size",
    "num_positions": "n_positions",
}
LLAMA_KEYS = {
    "num_layers": "num_hidden_layers",
    "num_heads": "num_attention_heads",
    "d_model": "hidden_size",
    "ff_width": "intermediate_size",
    "vocab_size": "vocab_size",
    "num_positions": "max_position_embeddings",
}


# ---- GPT-2 -----------------------------------------------------------------------------------------------------------


def gpt2_sizes(config: Config) -> Sizes:
    """The sizes of a GPT-2. Raises as `Config`."""
    config.must_be("scale_attn_weights", True)
    config.must_be("scale_attn_by_inverse_layer_idx", False)
    config.must_be("add_cross_attention", False)
    read = counted(config, GPT2_KEYS)
    return Sizes(
        **read,
        num_kv_heads=read["num_heads"],
        head_dim=head_dim_of(read["d_model"], read["num_heads"]),
        ff_width=config.whole("n_inner", BOUNDS["ff_width"], 4 * read["d_model"]),
        activation=config.choice("activation_function", ACTIVATIONS, "gelu_new"),
        eps=config.real("layer_norm_epsilon", 0.0, LARGEST_EPS),
        tied=config.flag("tie_word_embeddings", True),
    )


def gpt2_parts(weights: Weights, sizes: Sizes) -> Parts:
    """A GPT-2 in the engine's types. Raises as `Weights.of`."""
    words = weights.of("wte.weight", sizes.vocab_size, sizes.d_model)
    return Parts(
        embedding=Embedding(words, weights.of("wpe.weight", sizes.num_positions, sizes.d_model)),
        blocks=tuple(_gpt2_block(weights.below(f"h.{layer}."), sizes) for layer in range(sizes.num_layers)),
        final_norm=weights.layer_norm("ln_f", sizes),
        head=_head(weights, words, sizes),
    )


def _gpt2_block(weights: Weights, sizes: Sizes) -> BlockWeights:
    d_model, width = sizes.d_model, sizes.ff_width

    def applied(name: str, inputs: int, outputs: int) -> tuple[Tensor, Tensor]:
        """GPT-2 keeps its matrices as the engine does, (inputs, outputs)."""
        return weights.of(f"{name}.weight", inputs, outputs), weights.of(f"{name}.bias", outputs)

    qkv, qkv_bias = applied("attn.c_attn", d_model, 3 * d_model)
    output, output_bias = applied("attn.c_proj", d_model, d_model)
    up, down = applied("mlp.c_fc", d_model, width), applied("mlp.c_proj", width, d_model)
    heads, head_dim = sizes.num_heads, sizes.head_dim
    return BlockWeights(
        Projections(qkv, output, heads, heads, head_dim, head_dim, qkv_bias, output_bias),
        weights.layer_norm("ln_1", sizes),
        FeedForwardWeights(*up, *down, activation=sizes.activation),
        weights.layer_norm("ln_2", sizes),
    )


# ---- Llama and Qwen2 -------------------------------------------------------------------------------------------------


def llama_sizes(config: Config) -> Sizes:
    """The sizes of a Llama or Qwen2. Raises as `Config`."""
    config.must_be("hidden_act", "silu")
    config.must_be("use_sliding_window", False)
    config.must_be("mlp_bias", False)
    read = counted(config, LLAMA_KEYS)
    num_heads = read["num_heads"]
    head_dim = config.whole("head_dim", BOUNDS["head_dim"], read["d_model"] // num_heads)
    if head_dim % 2:
        message = f"head_dim ({head_dim}) must be a multiple of 2: RoPE turns pairs"
        raise SpecError("head_dim", "multiple", message, got=head_dim, other="pair", of=2)
    return Sizes(
        **read,
        num_kv_heads=config.whole("num_key_value_heads", BOUNDS["num_kv_heads"], num_heads),
        head_dim=head_dim,
        activation="swiglu",
        eps=config.real("rms_norm_eps", 0.0, LARGEST_EPS),
        rotary_base=_rotary_base(config),
        tied=config.flag("tie_word_embeddings", False),
    )


def _rotary_base(config: Config) -> float:
    """RoPE's base, where newer and older configs have it; RoPE that is scaled or turns a part of a head is refused."""
    rope = config.part("rope_parameters")
    for said in (rope, config.part("rope_scaling")):
        said.must_be("rope_type", "default")
        said.must_be("type", "default")
        said.must_be("partial_rotary_factor", 1.0)
    return (rope if rope.has("rope_theta") else config).real("rope_theta", 1.0, LARGEST_BASE, ROTARY_BASE)


def llama_parts(weights: Weights, sizes: Sizes) -> Parts:
    """A Llama or Qwen2 in the engine's types. Raises as `Weights.of`."""
    words = weights.of("embed_tokens.weight", sizes.vocab_size, sizes.d_model)
    return Parts(
        embedding=Embedding(words),
        blocks=tuple(_llama_block(weights.below(f"layers.{layer}."), sizes) for layer in range(sizes.num_layers)),
        final_norm=_rms_norm(weights, "norm", sizes),
        head=_head(weights, words, sizes),
    )


def _llama_block(weights: Weights, sizes: Sizes) -> BlockWeights:
    d_model, width = sizes.d_model, sizes.ff_width

    def projected(name: str, heads: int) -> Linear:
        biased = weights.has(f"self_attn.{name}.bias")
        return weights.linear(f"self_attn.{name}", heads * sizes.head_dim, d_model, biased=biased)

    heads, kv_heads = sizes.num_heads, sizes.num_kv_heads
    query, key = projected("q_proj", heads), projected("k_proj", kv_heads)
    biased = weights.has("self_attn.o_proj.bias")
    output = weights.linear("self_attn.o_proj", d_model, heads * sizes.head_dim, biased=biased)
    bent, _ = weights.linear("mlp.gate_proj", width, d_model, biased=False)
    gate, _ = weights.linear("mlp.up_proj", width, d_model, biased=False)
    down, _ = weights.linear("mlp.down_proj", d_model, width, biased=False)
    return BlockWeights(
        projections(
            _neighbours(query, heads), _neighbours(key, kv_heads), projected("v_proj", kv_heads), output, sizes
        ),
        _rms_norm(weights, "input_layernorm", sizes),
        # What enters the bend is "up" in the engine; Llama's files call that the gate.
        FeedForwardWeights(bent.T, None, down.T, None, gate.T, None, "swiglu"),
        _rms_norm(weights, "post_attention_layernorm", sizes),
    )


def _neighbours(linear: Linear, heads: int) -> Linear:
    """The same map with the coordinates of each head in another order: pairs (i, i + D/2) become (2i, 2i + 1).

    These are the pairs that the engine's RoPE turns. Queries and keys are reordered alike, so their products, and all
    that follows, are those of the file.
    """

    def reordered(tensor: Tensor) -> Tensor:
        halves = tensor.view(heads, 2, -1, *tensor.shape[1:])
        return halves.transpose(1, 2).reshape(tensor.shape)

    weight, bias = linear
    return reordered(weight), None if bias is None else reordered(bias)


def _rms_norm(weights: Weights, name: str, sizes: Sizes) -> NormWeights:
    return NormWeights(weights.of(f"{name}.weight", sizes.d_model), None, "rms", sizes.eps)


def _head(weights: Weights, words: Tensor, sizes: Sizes) -> Tensor | None:
    """The matrix that makes logits; None in a file that has the blocks alone."""
    if sizes.tied:
        return words
    whole = Weights(weights.tensors)
    return whole.of("lm_head.weight", *words.shape) if whole.has("lm_head.weight") else None


DECODERS = {
    "gpt2": Architecture("decoder", True, "transformer.", "wte.weight", "h.", gpt2_sizes, gpt2_parts),
    "llama": Architecture(
        "decoder", True, "model.", "embed_tokens.weight", "layers.", llama_sizes, llama_parts, rotary=True
    ),
    "qwen2": Architecture(
        "decoder", True, "model.", "embed_tokens.weight", "layers.", llama_sizes, llama_parts, rotary=True
    ),
}
