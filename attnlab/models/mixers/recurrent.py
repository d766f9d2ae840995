"""LSTM, GRU and the plain recurrent network: one position after another, through a state of fixed size."""

from torch import Tensor, nn

from attnlab.models.config import ModelConfig
from attnlab.models.mixers.base import Mixer, MixerKind, MixerTrace, unlimited


class RecurrentMixer(nn.Module):
    """One layer of torch's own cell; bidirectional where the model may look ahead.

    Each direction then has half the width, so that the two side by side have d_model. Parameters are torch's: every
    gate has two bias vectors, one of which would do, and both are counted.

    Sources: Hochreiter & Schmidhuber 1997 (LSTM), https://doi.org/10.1162/neco.1997.9.8.1735;
    Cho et al. 2014 (GRU), https://arxiv.org/abs/1406.1078; Elman 1990 (RNN); Schuster & Paliwal 1997 (two directions).
    """

    def __init__(self, config: ModelConfig, cell: type[nn.LSTM | nn.GRU | nn.RNN]) -> None:
        super().__init__()
        directions = config.num_directions
        self.cell = cell(config.d_model, config.d_model // directions, batch_first=True, bidirectional=directions == 2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, d_model) -> (B, T, d_model)."""
        output: Tensor = self.cell(x)[0]
        return output

    def trace(self, x: Tensor) -> MixerTrace:
        """The states h; an LSTM's cells c stay inside torch."""
        return MixerTrace(self(x))


def _kind(cell: type[nn.LSTM | nn.GRU | nn.RNN], state_vectors: int) -> MixerKind:
    def build(config: ModelConfig, _layer: int) -> Mixer:
        return RecurrentMixer(config, cell)

    def state_size(config: ModelConfig, _layer: int, _seq_len: int) -> int:
        return state_vectors * config.d_model

    return MixerKind(build, state_size, unlimited)


LSTM = _kind(nn.LSTM, state_vectors=2)  # h and c
GRU = _kind(nn.GRU, state_vectors=1)
RNN = _kind(nn.RNN, state_vectors=1)
