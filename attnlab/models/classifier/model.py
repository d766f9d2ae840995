"""Embedding, a body, a head: a model that gives one verdict on a whole text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

import torch
from torch import Tensor, nn

from attnlab.models.classifier.bag_of_words import BagOfWordsBody
from attnlab.models.classifier.base import Body, Pooled
from attnlab.models.classifier.config import PRETRAINED_FAMILIES, ClassifierConfig
from attnlab.models.classifier.minilm import MiniLmEmbedding
from attnlab.models.classifier.recurrent import LstmBody
from attnlab.models.classifier.text_cnn import TextCnnBody
from attnlab.models.classifier.transformer import TransformerBody
from attnlab.models.config import FamilyName
from attnlab.models.parts.initialise import fill, laid_out
from attnlab.models.parts.padding import PAD_ID, used_columns
from attnlab.models.parts.residual import placed

BODIES: Mapping[FamilyName, Callable[[ClassifierConfig], nn.Module]] = MappingProxyType(
    {
        "transformer": TransformerBody,
        "lstm": LstmBody,
        "text_cnn": TextCnnBody,
        "bag_of_words": BagOfWordsBody,
        "minilm": BagOfWordsBody,
    }
)


@dataclass(frozen=True, eq=False)
class ClassifierTrace:
    """What a model made of texts."""

    logits: Tensor  # (B, 1, num_classes)
    mask: Tensor  # (B, T) bool, True = a word
    shares: Tensor | None  # (B, T), as in `Pooled`
    attention: Tensor | None  # (B, L, H, T, T): queries are rows, keys columns; None outside the Transformer


class ClassifierModel(nn.Module):
    """A text classifier of any family.

    The same config gives the same weights on every device, as in `SequenceModel`. Positions (sinusoidal) are added in a
    Transformer alone: an LSTM and a CNN know the order anyway, and a bag of words never does.

    Args:
        config: what to build.
        device: where to put it; "meta" for a model without numbers.
    """

    def __init__(self, config: ClassifierConfig, *, device: torch.device | str = "cpu") -> None:
        super().__init__()
        self.config = config
        with laid_out():
            self.embedding: nn.Embedding | MiniLmEmbedding = (
                MiniLmEmbedding(config.vocab_size)
                if config.family in PRETRAINED_FAMILIES
                else nn.Embedding(config.vocab_size, config.d_model)
            )
            self.body = BODIES[config.family](config)
            self.head = nn.Linear(config.d_model, config.num_classes)
        fill(self, self.head, config.seed, device)

    @property
    def outside(self) -> tuple[nn.Module | None, ...]:
        """What is not the body: embedding and head."""
        return (self.embedding, self.head)

    def forward(self, inputs: Tensor) -> Tensor:
        """The verdicts.

        Args:
            inputs: (B, T) int64 ids with `PAD_ID` behind the words.

        Returns:
            (B, 1, num_classes) logits.

        Raises:
            ValueError: inputs of another shape or dtype, or longer than max_len.
        """
        self._check(inputs)
        words = inputs[:, : used_columns(inputs)]  # columns of padding alone would only cost time
        if isinstance(self.embedding, MiniLmEmbedding):  # whose body is a mean, which it remembers of each text
            vector = cast("BagOfWordsBody", self.body).dropout(self.embedding.means(words))
            return self._verdicts(Pooled(vector))
        return self.answers(self.embedding(words), self.read(words))

    def knowing(self, beyond: Sequence[str]) -> "ClassifierModel":
        """The same model, its weights shared, as it reads words that its vocabulary lacks.

        Their ids go on behind the vocabulary's. Of a model that is taught all that it knows it is the model itself.
        """
        if not isinstance(self.embedding, MiniLmEmbedding):
            return self
        found = ClassifierModel(self.config, device="meta")
        found.embedding, found.body, found.head = self.embedding.knowing(beyond), self.body, self.head
        return found.train(self.training)

    def read(self, inputs: Tensor) -> Tensor:
        """(B, T) bool: the words that count: all but padding, and of MiniLM those that it can spell."""
        if isinstance(self.embedding, MiniLmEmbedding):
            return self.embedding.spelled(inputs)
        return inputs != PAD_ID

    @property
    def signal(self) -> Tensor:
        """Root mean square of the numbers of all words' vectors."""
        if isinstance(self.embedding, MiniLmEmbedding):
            return self.embedding.signal
        return self.embedding.weight.detach().square().mean().sqrt()

    def embed(self, inputs: Tensor) -> Tensor:
        """(B, T, d_model): the vectors of the words, before positions. Takes and raises what `forward` does."""
        self._check(inputs)
        vectors: Tensor = self.embedding(inputs)
        return vectors

    def answers(self, embedding: Tensor, mask: Tensor) -> Tensor:
        """The rest of `forward`: where gradients with respect to the words begin.

        Args:
            embedding: (B, T, d_model); what stands at padding is never read.
            mask: (B, T) bool, True = a word.

        Returns:
            (B, 1, num_classes).
        """
        return self._verdicts(self._pooled(embedding, mask, look=False))

    def trace(self, inputs: Tensor) -> ClassifierTrace:
        """`forward` with who looked where, and which words the verdict is made of."""
        mask = inputs != PAD_ID
        pooled = self._pooled(self.embed(inputs), self.read(inputs), look=True)
        return ClassifierTrace(self._verdicts(pooled), mask, pooled.shares, pooled.attention)

    def _pooled(self, embedding: Tensor, mask: Tensor, *, look: bool) -> Pooled:
        words = placed(embedding, self.config.family).masked_fill(~mask[..., None], 0.0)
        return cast("Body", self.body).pooled(words, mask, look=look)

    def _verdicts(self, pooled: Pooled) -> Tensor:
        logits: Tensor = self.head(pooled.vector)[:, None]
        return logits

    def _check(self, inputs: Tensor) -> None:
        limit = self.config.max_len
        if inputs.ndim != 2 or inputs.dtype != torch.int64 or not 1 <= inputs.shape[1] <= limit:
            raise ValueError(f"inputs {tuple(inputs.shape)} {inputs.dtype} must be (B, 1 to {limit}) torch.int64")
