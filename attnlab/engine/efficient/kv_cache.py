"""The KV cache: what is kept while tokens are generated one by one, what that saves, and that it changes nothing.

A token behind a causal mask is never changed by a later one, and neither are its keys and values: they are computed
once and kept. Only the newest token has to be run through the blocks then.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine.attention import AttentionTrace, attention
from attnlab.engine.choices.positions import rotate
from attnlab.engine.multihead import Projections, merge_heads, split_heads


@dataclass(frozen=True, eq=False)
class KvCache:
    """The keys and values of one attention layer so far."""

    key: Tensor  # (B, G, S, D), turned already under RoPE
    value: Tensor  # (B, G, S, Dv)


@dataclass(frozen=True, eq=False)
class CachedStep:
    """One attention layer, run on new tokens alone."""

    heads: AttentionTrace  # (B, H, T, ...) of the T new tokens
    output: Tensor  # (B, T, d_model)
    cache: KvCache  # with the new tokens in it


def cached_attention_step(
    x: Tensor,
    projections: Projections,
    cache: KvCache | None = None,
    *,
    angles: Tensor | None = None,
    bias: Tensor | None = None,
    scale: float | None = None,
) -> CachedStep:
    """Causal self-attention of new tokens over all tokens so far.

    Args:
        x: (B, T, d_model), the new tokens; T = 1 in generation, and the whole prompt at first.
        projections: the layer's weights.
        cache: of the tokens before; nothing if left out.
        angles: (positions, D // 2) RoPE angles of all positions from the first on.
        bias: broadcastable to (B, H, T, S), added to the scaled scores; S counts all tokens so far.
        scale: factor on the scores; 1 / sqrt(D) if left out.

    Raises:
        ValueError: as `multi_head_attention`.

    Source: Pope et al. 2022, section 2.1, https://arxiv.org/abs/2211.05102
    """
    stream = F.linear(x, projections.qkv_proj.T, projections.qkv_bias)
    query, key, value = stream.split_with_sizes(projections.widths, dim=-1)
    query, key, value = (
        split_heads(query, projections.num_heads),
        split_heads(key, projections.num_kv_heads),
        split_heads(value, projections.num_kv_heads),
    )
    before = 0 if cache is None else cache.key.shape[2]
    if angles is not None:
        query, key = rotate(query, angles[before:]), rotate(key, angles[before:])
    if cache is not None:
        key, value = torch.cat((cache.key, key), dim=2), torch.cat((cache.value, value), dim=2)
    future = torch.ones(query.shape[2], key.shape[2], dtype=torch.bool, device=x.device).triu(before + 1)
    heads = attention(query, key, value, mask=~future, bias=bias, scale=scale)
    output = F.linear(merge_heads(heads.output), projections.output_proj.T, projections.output_bias)
    return CachedStep(heads, output, KvCache(key, value))


def memory_cache(memory: Tensor, projections: Projections) -> KvCache:
    """The keys and values of a memory (B, S, d_model), which cross-attention needs once for a whole text."""
    width, *kv_widths = projections.widths
    bias = None if projections.qkv_bias is None else projections.qkv_bias[width:]
    shared = F.linear(memory, projections.qkv_proj.T[width:], bias)
    key, value = shared.split_with_sizes(kv_widths, dim=-1)
    return KvCache(split_heads(key, projections.num_kv_heads), split_heads(value, projections.num_kv_heads))


def cached_cross_attention(
    x: Tensor,
    projections: Projections,
    cache: KvCache,
    *,
    mask: Tensor | None = None,
    scale: float | None = None,
) -> Tensor:
    """(B, T, d_model): what new tokens make of a memory whose keys and values are at hand.

    Args:
        x: (B, T, d_model), the new tokens.
        projections: the layer's weights.
        cache: of `memory_cache`, of as many rows as x.
        mask: bool, broadcastable to (B, H, T, S); True means "may attend".
        scale: as in `cached_attention_step`.

    Raises:
        ValueError: as `attention`.
    """
    width = projections.widths[0]
    bias = None if projections.qkv_bias is None else projections.qkv_bias[:width]
    query = split_heads(F.linear(x, projections.qkv_proj.T[:width], bias), projections.num_heads)
    heads = attention(query, cache.key, cache.value, mask=mask, scale=scale)
    return F.linear(merge_heads(heads.output), projections.output_proj.T, projections.output_bias)


def kv_cache_bytes(
    num_layers: int, num_kv_heads: int, head_dim: int, seq_len: int, dtype_bytes: int, batch: int = 1
) -> int:
    """Bytes of all keys and values of `seq_len` tokens: the 2 is for the two of them.

    Source: Shazeer 2019, section 2.4, https://arxiv.org/abs/1911.02150; grouped heads: Ainslie et al. 2023,
    https://arxiv.org/abs/2305.13245
    """
    return 2 * num_layers * batch * num_kv_heads * seq_len * head_dim * dtype_bytes


@dataclass(frozen=True)
class DecoderSizes:
    """What the work of one step depends on. Cross-attention is there if there is a memory.

    Raises:
        ValueError: a size below 1, a memory below 0, or num_kv_heads that does not divide num_heads.
    """

    num_layers: int
    d_model: int
    num_heads: int
    num_kv_heads: int
    head_dim: int
    ff_width: int = 0  # 0 without a feed-forward part
    ff_matrices: int = 2  # 3 of SwiGLU
    memory_len: int = 0  # S of cross-attention
    dtype_bytes: int = 4

    def __post_init__(self) -> None:
        for name in ("num_layers", "d_model", "num_heads", "num_kv_heads", "head_dim", "ff_matrices", "dtype_bytes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} ({getattr(self, name)}) must be at least 1")
        if min(self.ff_width, self.memory_len) < 0:
            raise ValueError(f"ff_width ({self.ff_width}) and memory_len ({self.memory_len}) must be at least 0")
        if self.num_heads % self.num_kv_heads:
            raise ValueError(f"num_kv_heads ({self.num_kv_heads}) must divide num_heads ({self.num_heads})")

    @property
    def query_width(self) -> int:
        """Numbers in the queries of one token, over all heads."""
        return self.num_heads * self.head_dim

    @property
    def kept_a_token(self) -> int:
        """Numbers in the key and the value of one token, in one layer: what the cache holds of it."""
        return 2 * self.num_kv_heads * self.head_dim


@dataclass(frozen=True)
class GenerationStep:
    """The step that runs the newest of `seq_len` tokens: what is kept and what is computed, numbers in each layer."""

    seq_len: int  # the newest token included
    found: int  # numbers of keys and values that the cache holds already, those of the memory included
    added: int  # numbers that this step adds to it
    recomputed: int  # numbers of keys and values that are computed again without a cache
    cache_bytes: int  # after this step, over all layers
    multiply_adds_cached: int  # over all layers, the head aside
    multiply_adds_uncached: int


def generation_step(sizes: DecoderSizes, seq_len: int) -> GenerationStep:
    """One step of generation in numbers.

    Without a cache all tokens are run again, each over the keys up to its own; the encoder is run once in either case,
    its keys and values are computed again for each step without a cache.

    Raises:
        ValueError: seq_len is below 1.
    """
    if seq_len < 1:
        raise ValueError(f"seq_len ({seq_len}) must be at least 1")
    memory = sizes.memory_len
    cached = _multiply_adds(sizes, tokens=1, pairs=seq_len)
    if memory and seq_len == 1:  # the memory's keys and values, once for the whole text
        cached += memory * sizes.d_model * sizes.kept_a_token
    uncached = _multiply_adds(sizes, tokens=seq_len, pairs=seq_len * (seq_len + 1) // 2)
    uncached += memory * sizes.d_model * sizes.kept_a_token
    found = seq_len - 1 + (memory if seq_len > 1 else 0)
    added = 1 + (memory if seq_len == 1 else 0)
    return GenerationStep(
        seq_len=seq_len,
        found=found * sizes.kept_a_token,
        added=added * sizes.kept_a_token,
        recomputed=found * sizes.kept_a_token,
        cache_bytes=kv_cache_bytes(
            sizes.num_layers, sizes.num_kv_heads, sizes.head_dim, seq_len + memory, sizes.dtype_bytes
        ),
        multiply_adds_cached=sizes.num_layers * cached,
        multiply_adds_uncached=sizes.num_layers * uncached,
    )


def _multiply_adds(sizes: DecoderSizes, *, tokens: int, pairs: int) -> int:
    """Of one layer, on so many tokens whose queries meet so many keys of their own text; the memory's aside."""
    each = sizes.d_model * (2 * sizes.query_width + sizes.kept_a_token)  # W_Q, W_O; W_K, W_V
    if sizes.memory_len:
        each += sizes.d_model * 2 * sizes.query_width
    each += sizes.d_model * sizes.ff_width * sizes.ff_matrices
    met = pairs + tokens * sizes.memory_len
    return tokens * each + 2 * met * sizes.query_width  # q . k, and weights times values
