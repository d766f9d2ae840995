"""The hybrid before the Transformer: an LSTM whose outputs attend to one another."""

from torch import Tensor, nn

from attnlab.models.config import ModelConfig
from attnlab.models.mixers.attention import AttentionMixer, cache_size
from attnlab.models.mixers.base import MixerKind, MixerTrace, unlimited
from attnlab.models.mixers.recurrent import LSTM, RecurrentMixer


class LstmAttentionMixer(nn.Module):
    """output = h + attention(h), h the outputs of an LSTM, which knows the order and needs no positions.

    Daniluk et al. let each state of a language model attend to the states before it, scored with the additive form
    of Bahdanau et al. Here the scores are the engine's scaled dot products (Luong et al. 2015, "general", times
    1 / sqrt(D)), so that its every view works, and state and context are added where they used tanh(W [h; c]).

    Sources: Bahdanau et al. 2015, https://arxiv.org/abs/1409.0473; Luong et al. 2015, section 3.1,
    https://arxiv.org/abs/1508.04025; Daniluk et al. 2017, section 3.1, https://arxiv.org/abs/1702.04521
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.lstm = RecurrentMixer(config, nn.LSTM)
        self.attention = AttentionMixer(config)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, d_model) -> (B, T, d_model)."""
        states: Tensor = self.lstm(x)
        context: Tensor = self.attention(states)
        return states + context

    def trace(self, x: Tensor) -> MixerTrace:
        """The attention among the states; they are its `x`."""
        states: Tensor = self.lstm(x)
        seen = self.attention.trace(states)
        return MixerTrace(states + seen.output, seen.attention, seen.terms)


def _state_size(config: ModelConfig, layer: int, seq_len: int) -> int:
    return LSTM.state_size(config, layer, seq_len) + cache_size(config, layer, seq_len)


LSTM_ATTENTION = MixerKind(build=lambda config, _: LstmAttentionMixer(config), state_size=_state_size, reach=unlimited)
