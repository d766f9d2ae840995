"""Attention as one would compute it by hand, and the examples that every test of the engine shares.

Axes are different primes, so that a swapped pair of them cannot go unseen.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from attnlab.engine import Projections, available_devices, causal_mask, padding_mask, window_mask

B, H, T, S, D, DV = 2, 3, 5, 7, 11, 13
D_MODEL = 17
SENTENCE = ("The", "cat", "sat", "on", "the", "mat", ",", "because", "it", "was", "tired", ".")

# One of each kind; MPS has no float64, which most laws are stated in.
DEVICES = tuple(dict.fromkeys("cuda:0" if name.startswith("cuda") else name for name in available_devices()))
EXACT_DEVICES = tuple(name for name in DEVICES if name != "mps")
CPU = torch.device("cpu")


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64, device: torch.device = CPU) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=seeded(seed)).to(device, dtype)


def heads(
    *,
    num_heads: int = H,
    num_kv_heads: int | None = None,
    num_queries: int = T,
    num_keys: int = S,
    head_dim: int = D,
    value_dim: int = DV,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    device: torch.device = CPU,
) -> tuple[Tensor, Tensor, Tensor]:
    """Query, key and value of one random example."""
    shared = num_kv_heads or num_heads
    return (
        normal(B, num_heads, num_queries, head_dim, seed=3 * seed, dtype=dtype, device=device),
        normal(B, shared, num_keys, head_dim, seed=3 * seed + 1, dtype=dtype, device=device),
        normal(B, shared, num_keys, value_dim, seed=3 * seed + 2, dtype=dtype, device=device),
    )


def holes(*shape: int, seed: int = 0, device: torch.device = CPU) -> Tensor:
    """A random mask that leaves every query at least its first key."""
    mask = torch.rand(*shape, generator=seeded(seed)) < 0.5
    mask[..., 0] = True
    return mask.to(device)


def projections(
    *,
    num_heads: int = H,
    num_kv_heads: int | None = None,
    d_model: int = D_MODEL,
    head_dim: int = D - 1,
    value_dim: int = DV,
    with_bias: bool = False,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    device: torch.device = CPU,
) -> Projections:
    """Random weights of one layer."""
    shared = num_kv_heads or num_heads
    width = (num_heads + shared) * head_dim + shared * value_dim

    def draw(*shape: int, number: int) -> Tensor:
        return normal(*shape, seed=100 + 10 * seed + number, dtype=dtype, device=device) / math.sqrt(shape[0])

    return Projections(
        qkv_proj=draw(d_model, width, number=0),
        output_proj=draw(num_heads * value_dim, d_model, number=1),
        num_heads=num_heads,
        num_kv_heads=shared,
        head_dim=head_dim,
        value_dim=value_dim,
        qkv_bias=draw(width, number=2) if with_bias else None,
        output_bias=draw(d_model, number=3) if with_bias else None,
    )


MASKS: dict[str, Tensor | None] = {
    "no mask": None,
    "causal": causal_mask(T, S),
    "causal, aligned at the end": causal_mask(T, S, offset=S - T),
    "window": window_mask(T, S, window=2),
    "one for all": torch.tensor(True),
    "keys": holes(S),
    "queries and keys": holes(T, S),
    "heads": holes(H, T, S),
    "padding": padding_mask(torch.arange(S)[None, :] >= torch.tensor([[S], [3]])),
    "everything its own": holes(B, H, T, S),
    "an empty row": causal_mask(T, S, offset=-2),
    "all empty": torch.zeros(T, S, dtype=torch.bool),
}


def naive_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
    scale: float | None = None,
    temperature: float = 1.0,
) -> tuple[Tensor, Tensor]:
    """Weights and output, one number at a time in Python's own floats; key and value have as many heads as query."""
    batch, num_heads, num_queries, head_dim = query.shape
    num_keys = key.shape[2]
    shape = (batch, num_heads, num_queries, num_keys)
    may = (torch.ones(shape, dtype=torch.bool) if mask is None else mask.cpu().expand(shape)).tolist()
    added = (torch.zeros(shape) if bias is None else bias.detach().cpu().double().expand(shape)).tolist()
    scale = 1 / math.sqrt(head_dim) if scale is None else scale
    q, k, v = (tensor.detach().cpu().double().tolist() for tensor in (query, key, value))
    weights = torch.zeros(shape, dtype=torch.float64)
    output = torch.zeros(batch, num_heads, num_queries, value.shape[-1], dtype=torch.float64)
    for b in range(batch):
        for h in range(num_heads):
            for i in range(num_queries):
                seen = [j for j in range(num_keys) if may[b][h][i][j] and added[b][h][i][j] != -math.inf]
                logits = [(_dot(q[b][h][i], k[b][h][j]) * scale + added[b][h][i][j]) / temperature for j in seen]
                for j, weight in zip(seen, _softmax(logits), strict=True):
                    weights[b, h, i, j] = weight
                    for d, number in enumerate(v[b][h][j]):
                        output[b, h, i, d] += weight * number
    return weights, output


def naive_layer(x: Tensor, layer: Projections, *, memory: Tensor | None = None, **options: Any) -> Tensor:
    """(B, T, d_model): each head on its own, from its own columns of W_Q, W_K and W_V to its own rows of W_O."""
    memory = x if memory is None else memory
    w_query, w_key, w_value = (matrix.cpu().double() for matrix in layer.matrices)
    b_query = b_key = b_value = torch.zeros(())
    if layer.qkv_bias is not None:
        b_query, b_key, b_value = layer.qkv_bias.cpu().double().split(layer.widths)
    output = torch.zeros(*x.shape[:2], layer.output_proj.shape[1], dtype=torch.float64)
    for head in range(layer.num_heads):
        group = head * layer.num_kv_heads // layer.num_heads
        columns = slice(head * layer.head_dim, (head + 1) * layer.head_dim)
        keys = slice(group * layer.head_dim, (group + 1) * layer.head_dim)
        values = slice(group * layer.value_dim, (group + 1) * layer.value_dim)
        rows = slice(head * layer.value_dim, (head + 1) * layer.value_dim)

        def of_head(stream: Tensor, matrix: Tensor, bias: Tensor, part: slice) -> Tensor:
            shift = bias[part] if bias.ndim else bias
            return (stream.cpu().double() @ matrix[:, part] + shift).unsqueeze(1)

        _, moved = naive_attention(
            of_head(x, w_query, b_query, columns),
            of_head(memory, w_key, b_key, keys),
            of_head(memory, w_value, b_value, values),
            **{name: _head_of(option, head) for name, option in options.items()},
        )
        output += moved.squeeze(1) @ layer.output_proj[rows].cpu().double()
    return output if layer.output_bias is None else output + layer.output_bias.cpu().double()


def _head_of(option: object, head: int) -> object:
    """The part of a mask or bias that concerns one head."""
    if isinstance(option, Tensor) and option.ndim >= 3 and option.shape[-3] > 1:
        return option[..., head : head + 1, :, :]
    return option


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(left, right, strict=True))


def _softmax(logits: Sequence[float]) -> list[float]:
    if not logits:
        return []
    peak = max(logits)
    powers = [math.exp(logit - peak) for logit in logits]
    return [power / math.fsum(powers) for power in powers]


KEY_BY_KEY = ("sigmoid", "relu")
"""Normalizers that judge each key by itself and count the keys, masked ones included."""
NO_SHARES = (*KEY_BY_KEY, "softmax_one")
"""Normalizers whose rows need not sum to 1."""
