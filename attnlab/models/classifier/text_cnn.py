"""Filters over two to five words in a row, and of each filter the place where it answered most."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.models.classifier.base import Pooled
from attnlab.models.classifier.config import WINDOWS, ClassifierConfig


class TextCnnBody(nn.Module):
    """A window for each word, which it opens; behind the last word stand zeros. Then ReLU, and the maximum over words.

    What lies further apart than a filter is wide meets nowhere before the head.

    Source: Kim 2014, section 2, https://arxiv.org/abs/1408.5882
    """

    def __init__(self, config: ClassifierConfig) -> None:
        super().__init__()
        filters = config.d_model // len(WINDOWS)
        self.convolutions = nn.ModuleList(nn.Conv1d(config.d_model, filters, width) for width in WINDOWS)
        self.dropout = nn.Dropout(config.dropout)

    def pooled(self, embedded: Tensor, mask: Tensor, *, look: bool = False) -> Pooled:
        """As `Body.pooled`; a word's share is that of the filters whose maximum lies in the window it opens."""
        channels = embedded.transpose(1, 2)  # (B, d_model, T)
        found = [
            F.relu(convolution(F.pad(channels, (0, width - 1))))
            for width, convolution in zip(WINDOWS, self.convolutions, strict=True)
        ]
        answers = torch.cat(found, dim=1).masked_fill(~mask[:, None], 0.0)  # (B, d_model, T); nothing lies below 0
        strongest, places = answers.max(-1)
        vector = self.dropout(strongest)
        return Pooled(vector, _shares(places, strongest > 0, mask.shape[1]).to(vector.dtype) if look else None)


def _shares(places: Tensor, fired: Tensor, length: int) -> Tensor:
    """(B, T): of the filters that answered at all, the share whose maximum lies at each word."""
    counted = (F.one_hot(places, length) * fired[..., None]).sum(1)
    return counted / fired.sum(1, keepdim=True).clamp(min=1)
