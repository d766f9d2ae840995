"""The residual block that every family shares; only its mixer differs."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.functional import relu_

from attnlab.models.config import ModelConfig
from attnlab.models.mixers import MIXERS, MixerTrace
from attnlab.models.parts.residual import around, entering, joined

NORMS = {"layer": nn.LayerNorm, "rms": nn.RMSNorm}


def norm_layer(config: ModelConfig) -> nn.Module:
    """The norm over d_model: LayerNorm (Ba et al. 2016) or RMSNorm (Zhang & Sennrich 2019)."""
    norm: nn.Module = NORMS[config.norm](config.d_model)
    return norm


class FeedForward(nn.Module):
    """The same two-layer network at every position: linear, ReLU, linear.

    Source: Vaswani et al. 2017, section 3.3, https://arxiv.org/abs/1706.03762
    """

    def __init__(self, d_model: int, hidden: int) -> None:
        super().__init__()
        self.up_proj = nn.Linear(d_model, hidden)
        self.down_proj = nn.Linear(hidden, d_model)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, d_model) -> (B, T, d_model)."""
        # Positions are flattened first: `linear` gives a view of three axes, and autograd copies a view three times
        # when ReLU overwrites it. One step of a small Transformer is a sixth faster so.
        hidden = relu_(self.up_proj(x.flatten(0, 1)))
        output: Tensor = self.down_proj(hidden)
        return output.view_as(x)


@dataclass(frozen=True, eq=False)
class BlockTrace:
    """What one block did to the stream; (B, T, d_model) all."""

    x: Tensor  # the stream as it came in
    mixer: MixerTrace
    after_mixer: Tensor
    feed_forward: Tensor | None  # what the feed-forward part gave
    output: Tensor


class ResidualBlock(nn.Module):
    """x + mixer(norm(x)), then x + feed_forward(norm(x)); with norm_first off, norm(x + mixer(x)) and so on.

    With residual off nothing is added to: mixer(norm(x)), then feed_forward(norm(x)).

    Source: Vaswani et al. 2017, section 3.1; norm first: Xiong et al. 2020, https://arxiv.org/abs/2002.04745
    """

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        self.norm_first, self.residual = config.norm_first, config.residual
        self.mixer_norm = norm_layer(config)
        self.mixer = MIXERS[config.family].build(config, layer)
        self.feed_forward = None
        if config.ff_width:
            self.feed_forward_norm = norm_layer(config)
            self.feed_forward = FeedForward(config.d_model, config.ff_width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, d_model) -> (B, T, d_model)."""
        x = self._around(x, self.mixer, self.mixer_norm)
        return x if self.feed_forward is None else self._around(x, self.feed_forward, self.feed_forward_norm)

    def trace(self, x: Tensor) -> BlockTrace:
        """The same, with what lies between."""
        mixed = self.mixer.trace(entering(x, self.mixer_norm, norm_first=self.norm_first))
        after_mixer = self._joined(x, mixed.output, self.mixer_norm)
        if self.feed_forward is None:
            return BlockTrace(x, mixed, after_mixer, None, after_mixer)
        norm = self.feed_forward_norm
        added: Tensor = self.feed_forward(entering(after_mixer, norm, norm_first=self.norm_first))
        return BlockTrace(x, mixed, after_mixer, added, self._joined(after_mixer, added, norm))

    def _around(self, x: Tensor, part: Callable[[Tensor], Tensor], norm: nn.Module) -> Tensor:
        return around(x, part, norm, self.dropout, norm_first=self.norm_first, residual=self.residual)

    def _joined(self, x: Tensor, added: Tensor, norm: nn.Module) -> Tensor:
        return joined(x, added, norm, self.dropout, norm_first=self.norm_first, residual=self.residual)
