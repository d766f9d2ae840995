"""Masks, biases and positions of a sequence length, computed once and shared by all layers and models."""

import functools
from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.engine import alibi_bias, causal_mask, rotary_angles, sinusoidal_positions
from attnlab.models.config import ModelPositions


@dataclass(frozen=True, eq=False)
class AttentionTerms:
    """What the engine's attention takes beside stream and weights."""

    mask: Tensor | None  # (T, T) bool, True = may attend; None if everything may
    bias: Tensor | None  # (H, T, T), ALiBi
    angles: Tensor | None  # (T, D // 2) float64, RoPE


@functools.lru_cache(maxsize=8)
def attention_terms(
    positions: ModelPositions,
    causal: bool,
    num_heads: int,
    head_dim: int,
    seq_len: int,
    dtype: torch.dtype,
    device: torch.device,
) -> AttentionTerms:
    """Mask, bias and angles for T = seq_len."""
    with torch.inference_mode(False):  # an inference tensor left in the cache could never be trained with
        mask = causal_mask(seq_len, device=device) if causal else None
        bias = alibi_bias(num_heads, seq_len).to(device, dtype) if positions == "alibi" else None
        return AttentionTerms(mask, bias, turning_angles(positions, head_dim, seq_len, device))


@functools.lru_cache(maxsize=8)
def turning_angles(positions: ModelPositions, head_dim: int, seq_len: int, device: torch.device) -> Tensor | None:
    """(T, D // 2) float64 for T = seq_len; None where positions are not RoPE."""
    if positions != "rope":
        return None
    with torch.inference_mode(False):
        angles = rotary_angles(seq_len, head_dim)
        # MPS has no float64; the engine takes them from anywhere.
        return angles if device.type == "mps" else angles.to(device)


@functools.lru_cache(maxsize=8)
def sinusoidal_table(seq_len: int, d_model: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """(T, d_model) of `sinusoidal_positions`."""
    with torch.inference_mode(False):
        return sinusoidal_positions(seq_len, d_model).to(dtype).to(device)
