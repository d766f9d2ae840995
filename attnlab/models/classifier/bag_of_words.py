"""The floor: the mean of the words' vectors. It cannot know in which order they stood."""

from torch import Tensor, nn

from attnlab.models.classifier.base import Pooled, even_shares, word_means
from attnlab.models.classifier.config import ClassifierConfig


class BagOfWordsBody(nn.Module):
    """Without parameters of its own: every word of a class speaks for itself, whoever stands beside it.

    Source: Joulin et al. 2017 (fastText), section 2, https://arxiv.org/abs/1607.01759, without n-grams.
    """

    def __init__(self, config: ClassifierConfig) -> None:
        super().__init__()
        self.dropout = nn.Dropout(config.dropout)

    def pooled(self, embedded: Tensor, mask: Tensor, *, look: bool = False) -> Pooled:
        """As `Body.pooled`."""
        vector = self.dropout(word_means(embedded, mask))
        return Pooled(vector, even_shares(mask, embedded) if look else None)
