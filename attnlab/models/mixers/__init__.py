"""The mixers, by family. To add one: a file of its own, a line here, and its name in `FamilyName`."""

from attnlab.models.config import FamilyName
from attnlab.models.mixers.attention import ATTENTION
from attnlab.models.mixers.base import Mixer, MixerKind, MixerTrace
from attnlab.models.mixers.convolution import CONVOLUTION
from attnlab.models.mixers.linear_attention import LINEAR_ATTENTION
from attnlab.models.mixers.lstm_attention import LSTM_ATTENTION
from attnlab.models.mixers.picture import CONVOLUTION_2D, MLP
from attnlab.models.mixers.recurrent import GRU, LSTM, RNN
from attnlab.models.mixers.window_attention import WINDOW_ATTENTION

MIXERS: dict[FamilyName, MixerKind] = {
    "transformer": ATTENTION,
    "lstm": LSTM,
    "gru": GRU,
    "rnn": RNN,
    "tcn": CONVOLUTION,
    "lstm_attention": LSTM_ATTENTION,
    "window_attention": WINDOW_ATTENTION,
    "linear_attention": LINEAR_ATTENTION,
    "cnn2d": CONVOLUTION_2D,
    "mlp": MLP,
}

__all__ = ["MIXERS", "Mixer", "MixerKind", "MixerTrace"]
