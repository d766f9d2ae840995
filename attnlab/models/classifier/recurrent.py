"""Two LSTMs, one from each end; what they hold after the last word is all that the head is told."""

import torch
from torch import Tensor, nn

from attnlab.models.classifier.base import Pooled
from attnlab.models.classifier.config import ClassifierConfig
from attnlab.models.seq2seq.recurrent import taken, turned


class LstmBody(nn.Module):
    """A text read forwards and backwards, half the width each; padding is never read.

    Sources: Hochreiter & Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735; both ways: Graves & Schmidhuber
    2005, https://doi.org/10.1016/j.neunet.2005.06.042
    """

    def __init__(self, config: ClassifierConfig) -> None:
        super().__init__()
        self.forwards = nn.LSTM(config.d_model, config.d_model // 2, batch_first=True)
        self.backwards = nn.LSTM(config.d_model, config.d_model // 2, batch_first=True)
        self.dropout = nn.Dropout(config.dropout)

    def pooled(self, embedded: Tensor, mask: Tensor, *, look: bool = False) -> Pooled:  # noqa: ARG002 - nothing to see
        """As `Body.pooled`; no word has a share of its own in a state."""
        lengths = mask.sum(1)
        last = (lengths - 1).clamp(min=0)[:, None]
        ahead = taken(self.forwards(embedded)[0], last)
        back = taken(self.backwards(taken(embedded, turned(lengths, mask.shape[1])))[0], last)
        vector = torch.cat((ahead, back), dim=-1)[:, 0].masked_fill((lengths == 0)[:, None], 0.0)
        return Pooled(self.dropout(vector))
