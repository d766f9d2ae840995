"""LayerNorm and RMSNorm with everything in between.

    normalised = (x - mean) / deviation        output = normalised * gain + bias

RMSNorm takes no mean away: its mean is 0, its deviation the root mean square, and it has no bias. Of float16 and
bfloat16 streams all of this is float32, as in torch; the output is rounded once, at the end.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from attnlab.engine.attention import wide

NormName = Literal["layer", "rms"]


@dataclass(frozen=True, eq=False)
class NormWeights:
    """The weights of one norm over d_model.

    Raises:
        ValueError: a gain that is no vector, a bias of another length or in an RMSNorm, a negative eps.
    """

    gain: Tensor  # (d_model,)
    bias: Tensor | None  # (d_model,); None in RMSNorm
    kind: NormName
    eps: float  # added under the root, so that equal numbers do not divide by 0

    def __post_init__(self) -> None:
        if self.gain.ndim != 1:
            raise ValueError(f"gain {tuple(self.gain.shape)} must have one number a coordinate: (d_model,)")
        if self.bias is not None and (self.kind == "rms" or self.bias.shape != self.gain.shape):
            wanted = "left out of an RMSNorm" if self.kind == "rms" else f"of the gain's shape {tuple(self.gain.shape)}"
            raise ValueError(f"bias {tuple(self.bias.shape)} must be {wanted}")
        if not self.eps >= 0:
            raise ValueError(f"eps ({self.eps}) must be at least 0")

    @classmethod
    def from_torch(cls, module: nn.LayerNorm | nn.RMSNorm) -> "NormWeights":
        """The weights of torch's own norm, shared, not copied.

        Raises:
            ValueError: a norm without weights, or over more than the last axis.
        """
        if module.weight is None or len(module.normalized_shape) != 1:
            raise ValueError("module must be a norm over the last axis alone, with elementwise_affine")
        if isinstance(module, nn.LayerNorm):
            return cls(module.weight, module.bias, "layer", module.eps)
        smallest = torch.finfo(wide(module.weight).dtype).eps  # what torch takes where it is told nothing
        return cls(module.weight, None, "rms", smallest if module.eps is None else module.eps)


@dataclass(frozen=True, eq=False)
class NormTrace:
    """Every stage of one norm."""

    x: Tensor  # (B, T, d_model)
    mean: Tensor  # (B, T, 1); zeros in RMSNorm
    deviation: Tensor  # (B, T, 1), eps included; in RMSNorm the root mean square
    normalised: Tensor  # (B, T, d_model)
    output: Tensor  # (B, T, d_model)
    weights: NormWeights


def normed(x: Tensor, weights: NormWeights) -> NormTrace:
    """Each position's vector brought to one scale, then stretched and shifted by what was learned.

    Args:
        x: (B, T, d_model).
        weights: of which kind, and with which gain and bias.

    Raises:
        ValueError: x is not d_model wide.

    Source: Ba et al. 2016, eq. 3 and 4, https://arxiv.org/abs/1607.06450; RMSNorm: Zhang & Sennrich 2019, eq. 4,
    https://arxiv.org/abs/1910.07467
    """
    if x.shape[-1:] != weights.gain.shape:
        raise ValueError(f"x {tuple(x.shape)} must end in d_model = {len(weights.gain)}")
    stream = wide(x)
    mean = stream.mean(-1, keepdim=True) if weights.kind == "layer" else torch.zeros_like(stream[..., :1])
    centred = stream - mean
    deviation = (centred.square().mean(-1, keepdim=True) + weights.eps).sqrt()
    normalised = centred / deviation
    output = normalised * wide(weights.gain)
    if weights.bias is not None:
        output = output + wide(weights.bias)
    return NormTrace(x, mean, deviation, normalised, output.to(x.dtype), weights)
