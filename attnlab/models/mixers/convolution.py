"""Dilated convolutions: each level looks twice as far apart as the one below (TCN)."""

import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.models.config import ModelConfig
from attnlab.models.mixers.base import MixerKind, MixerTrace


def dilation_of(layer: int) -> int:
    """1, 2, 4, ...: how far apart a level's taps lie."""
    return 1 << layer


class ConvolutionMixer(nn.Module):
    """Two convolutions with a ReLU between them, dilation 2^layer; zeros stand before the first position.

    A causal model looks back only; otherwise the kernel is centred. L levels see 1 + 2 (k - 1) (2^L - 1) positions.
    As in Bai et al. 2018, less what the shared skeleton already does: its norm stands in for weight norm, and no
    ReLU follows the second convolution, because the stream must be able to fall as well as rise.

    Source: Bai et al. 2018, section 3, https://arxiv.org/abs/1803.01271
    """

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        self.causal = config.causal
        self.first, self.second = (
            nn.Conv1d(config.d_model, config.d_model, config.kernel_size, dilation=dilation_of(layer)) for _ in range(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, d_model) -> (B, T, d_model)."""
        channels = x.transpose(1, 2)  # (B, d_model, T)
        hidden = F.relu_(self._convolved(channels, self.first))
        return self._convolved(hidden, self.second).transpose(1, 2)

    def trace(self, x: Tensor) -> MixerTrace:
        """Nothing but the output."""
        return MixerTrace(self(x))

    def _convolved(self, channels: Tensor, convolution: nn.Conv1d) -> Tensor:
        """(B, d_model, T) -> (B, d_model, T)."""
        (taps,), (dilation,) = convolution.kernel_size, convolution.dilation
        # Taps further away than the sequence is long meet nothing but padding: leaving them out keeps a deep stack
        # from computing on zeros.
        side = min(taps - 1 if self.causal else taps // 2, (channels.shape[2] - 1) // dilation)
        weight = convolution.weight
        if self.causal:
            weight = weight if side == taps - 1 else weight[..., taps - 1 - side :]
            return F.conv1d(F.pad(channels, (side * dilation, 0)), weight, convolution.bias, dilation=dilation)
        weight = weight if side == taps // 2 else weight[..., taps // 2 - side : taps // 2 + side + 1]
        return F.conv1d(channels, weight, convolution.bias, padding=side * dilation, dilation=dilation)


def _window_size(config: ModelConfig, layer: int, seq_len: int) -> int:
    """Each convolution keeps the inputs it will look back at."""
    return 2 * config.d_model * min((config.kernel_size - 1) * dilation_of(layer), seq_len)


def _reach(config: ModelConfig, layer: int) -> int:
    span = 2 * (config.kernel_size - 1) * dilation_of(layer)
    return span if config.causal else span // 2


CONVOLUTION = MixerKind(build=ConvolutionMixer, state_size=_window_size, reach=_reach)
