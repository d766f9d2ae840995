"""Text classifiers: a padded text is read, pooled into one vector, and given one verdict.

They differ in how they read: every word looks at every other, one word after the other, a few words in a row, or no
order at all. Shapes: `B` texts of `T` words with padding behind them, `L` layers, `H` heads.
"""

from attnlab.models.classifier.config import (
    ALL_CLASSIFIERS,
    CLASSIFIER_FAMILIES,
    PRETRAINED_FAMILIES,
    ClassifierConfig,
    PoolingName,
)
from attnlab.models.classifier.explaining import (
    WordChanges,
    probabilities,
    substitutes,
    word_influence,
    word_occlusion,
)
from attnlab.models.classifier.minilm import MiniLmEmbedding, minilm_is_here
from attnlab.models.classifier.model import ClassifierModel, ClassifierTrace

__all__ = [
    "ALL_CLASSIFIERS",
    "CLASSIFIER_FAMILIES",
    "PRETRAINED_FAMILIES",
    "ClassifierConfig",
    "ClassifierModel",
    "ClassifierTrace",
    "MiniLmEmbedding",
    "PoolingName",
    "WordChanges",
    "minilm_is_here",
    "probabilities",
    "substitutes",
    "word_influence",
    "word_occlusion",
]
