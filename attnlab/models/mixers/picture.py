"""Mixers that know a picture: its patches lie in rows, and the position behind them answers."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.models.config import ModelConfig
from attnlab.models.mixers.base import MixerKind, MixerTrace, unlimited

KERNEL = 3
"""Patches to a side that a filter sees."""


class Convolution2dMixer(nn.Module):
    """Two convolutions of 3 x 3 patches with a ReLU between them; who answers gets the mean of what they found.

    The same filters look everywhere, so that a stroke means the same wherever it is; and neighbours are neighbours,
    which patches in another order are no longer.

    Sources: LeCun et al. 1998, section II, https://doi.org/10.1109/5.726791; the mean over all places: Lin et al. 2014,
    section 3.2, https://arxiv.org/abs/1312.4400
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.grid_width = config.grid_width or 1
        self.first, self.second = (
            nn.Conv2d(config.d_model, config.d_model, KERNEL, padding=KERNEL // 2) for _ in range(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, d_model) -> (B, T, d_model)."""
        B, T, d_model = x.shape
        picture = x[:, :-1].transpose(1, 2).reshape(B, d_model, (T - 1) // self.grid_width, self.grid_width)
        found = self.second(F.relu_(self.first(picture))).flatten(2).transpose(1, 2)
        return torch.cat((found, found.mean(1, keepdim=True)), dim=1)

    def trace(self, x: Tensor) -> MixerTrace:
        """Nothing but the output."""
        return MixerTrace(self(x))


class MlpMixer(nn.Module):
    """Every position reads every other by weights that training fixes once for all pictures: an MLP over positions.

    What attention computes anew for each picture is the same here whatever stands there.

    Source: Tolstikhin et al. 2021, section 2 (token mixing, with ReLU for GELU as elsewhere here),
        https://arxiv.org/abs/2105.01601
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.first, self.second = (nn.Linear(config.max_len, config.max_len) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, d_model) -> (B, T, d_model)."""
        output: Tensor = self.second(F.relu_(self.first(x.transpose(1, 2))))
        return output.transpose(1, 2)

    def trace(self, x: Tensor) -> MixerTrace:
        """Nothing but the output."""
        return MixerTrace(self(x))


def _no_state(config: ModelConfig, _layer: int, _seq_len: int) -> int:
    """Never asked for: a config of these families is not causal.

    Raises:
        ValueError: always.
    """
    raise ValueError(f"causal ({config.causal}) must be True to go on from a state")


CONVOLUTION_2D = MixerKind(build=lambda config, _: Convolution2dMixer(config), state_size=_no_state, reach=unlimited)
MLP = MixerKind(build=lambda config, _: MlpMixer(config), state_size=_no_state, reach=unlimited)
