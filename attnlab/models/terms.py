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

    @property
    def is_causal(self) -> bool:
        """Whether the mask is all there is, so that the fused kernel can do without building it."""
        return self.mask is not None and self.bias is None


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
        angles = rotary_angles(seq_len, head_dim) if positions == "rope" else None
        if angles is not None and device.type != "mps":  # which has no float64; the engine takes them from anywhere
            angles = angles.to(device)
        return AttentionTerms(mask, bias, angles)


@functools.lru_cache(maxsize=8)
def sinusoidal_table(seq_len: int, d_model: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """(T, d_model) of `sinusoidal_positions`."""
    with torch.inference_mode(False):
        return sinusoidal_positions(seq_len, d_model).to(dtype).to(device)
