"""The kinds of models there are: each a config and the module that it describes.

To add a kind: a config with `to_json` and `from_json` of its own kind, a module with `config`, `outside` and `head`,
and a line in each table below.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch

from attnlab.engine import SpecError
from attnlab.models.classifier.config import CLASSIFIER_FAMILIES, ClassifierConfig
from attnlab.models.classifier.config import KIND as CLASSIFIER
from attnlab.models.classifier.model import ClassifierModel
from attnlab.models.config import FAMILIES, FamilyName, ModelConfig
from attnlab.models.model import SequenceModel
from attnlab.models.seq2seq.config import KIND as SEQ2SEQ
from attnlab.models.seq2seq.config import SEQ2SEQ_FAMILIES, Seq2SeqConfig
from attnlab.models.seq2seq.model import Seq2SeqModel
from attnlab.models.stored_config import SEQUENCE, kind_in

AnyConfig = ModelConfig | Seq2SeqConfig | ClassifierConfig
AnyModel = SequenceModel | Seq2SeqModel | ClassifierModel

_READERS: Mapping[str, Callable[[str], AnyConfig]] = MappingProxyType(
    {SEQUENCE: ModelConfig.from_json, SEQ2SEQ: Seq2SeqConfig.from_json, CLASSIFIER: ClassifierConfig.from_json}
)
FAMILIES_OF: Mapping[str, tuple[FamilyName, ...]] = MappingProxyType(
    {"sequence": FAMILIES, "translation": SEQ2SEQ_FAMILIES, "classification": CLASSIFIER_FAMILIES}
)
"""By the kind of a task."""


def build_model(config: AnyConfig, *, device: torch.device | str = "cpu") -> AnyModel:
    """The model that a config describes; on "meta" one without numbers."""
    if isinstance(config, Seq2SeqConfig):
        return Seq2SeqModel(config, device=device)
    if isinstance(config, ClassifierConfig):
        return ClassifierModel(config, device=device)
    return SequenceModel(config, device=device)


def config_from_json(text: str) -> AnyConfig:
    """The config of whatever kind that `to_json` wrote.

    Raises:
        SpecError: an unknown kind, or what the kind's own `from_json` refuses.
    """
    kind = kind_in(text)
    if kind not in _READERS:
        message = f"kind ({kind!r:.60}) must be one of {', '.join(_READERS)}"
        raise SpecError("kind", "choice", message, got=kind, choices=tuple(_READERS))
    return _READERS[kind](text)
