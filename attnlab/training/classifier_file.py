"""Text classifiers to take along: one safetensors file with all that it takes to read a text and to judge it.

The header holds, as JSON, the config of each model, the vocabulary and the names of the classes; a tensor is named
after the family of its model and its parameter. Nothing in it can run. To use one:

    from attnlab.training.classifier_file import load_classifier

    classifier = load_classifier("sentiment-lstm.safetensors")
    for label, probability in classifier.classify("i would not say that the film was good").items():
        print(f"{probability:6.1%}  {label}")
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

import torch
from safetensors.torch import save
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.engine.allowed import check_choice
from attnlab.models import ALL_CLASSIFIERS, PRETRAINED_FAMILIES, ClassifierConfig, ClassifierModel, FamilyName
from attnlab.models.classifier import probabilities
from attnlab.tasks import ReadText, TextReader
from attnlab.tasks.classification.read_texts import CutName
from attnlab.tasks.tables.limits import MAX_LABEL
from attnlab.text import MAX_TOKEN_LENGTH, PAD
from attnlab.training.packed import ENTRY, UNREADABLE, checked_tensors, foreign, stored_about, stored_tensors

VERSION = 1
MAX_FILE_BYTES = 32 * 2**20
WORDS_AT_ONCE = 1024
MAX_HEADER_BYTES = 4 * 2**20
MAX_LONGEST_SYMBOL = 4 * MAX_TOKEN_LENGTH  # small letters of a token can be longer than the token
FIELD = "classifier"


@dataclass(frozen=True, eq=False)
class Classifier:
    """A model with its vocabulary and the names of its classes."""

    model: ClassifierModel
    reader: TextReader
    labels: tuple[str, ...]

    def encode(self, text: str) -> ReadText:
        """The words of a text that the model reads, their ids, and the words that it does not know."""
        return self.reader.read(text)

    def reading(self, text: ReadText) -> tuple[ClassifierModel, Tensor]:
        """The model as it reads a text, and the ids (1, T) of its words.

        One that can spell any word is told those that the vocabulary lacks; to all others these are <unk>.
        """
        if self.model.config.family not in PRETRAINED_FAMILIES:
            return self.model, torch.tensor([text.ids])
        return self.model.knowing(text.unknown), torch.tensor([text.in_full(len(self.reader.symbols))])

    def classify(self, text: str) -> dict[str, float]:
        """The probability of each class.

        Raises:
            SpecError: the text has no word that the model could read.
        """
        read = self.encode(text)
        if not read.ids:
            message = f"text ({text!r:.60}) must have a word of the model's vocabulary"
            raise SpecError("text", "words", message, got=text, choices=self.reader.symbols)
        found = probabilities(*self.reading(read))[0]
        return dict(zip(self.labels, found.tolist(), strict=True))


def saved_classifiers(classifiers: Sequence[Classifier]) -> bytes:
    """Classifiers of different families that share vocabulary and classes, as one file; usually of one.

    Raises:
        ValueError: none, two of one family, or vocabularies that differ.
    """
    first = classifiers[0]
    families = [one.model.config.family for one in classifiers]
    if len(set(families)) < len(families) or {(one.reader, one.labels) for one in classifiers} != {
        (first.reader, first.labels)
    }:
        raise ValueError(f"classifiers ({', '.join(families)}) must be of different families and one vocabulary")
    tensors: dict[str, Tensor] = {}
    for one, family in zip(classifiers, families, strict=True):
        weights = one.model.state_dict()
        tensors |= {f"{family}/{name}": weight.detach().cpu().contiguous() for name, weight in weights.items()}
    about = {
        "version": VERSION,
        "models": {one.model.config.family: one.model.config.to_json() for one in classifiers},
        "cut": first.reader.cut,
        **_vocabulary(first),
    }
    return save(tensors, {ENTRY: json.dumps(about, ensure_ascii=False, allow_nan=False)})


def vocabulary_json(classifier: Classifier) -> str:
    """Vocabulary and classes alone, readable: a word's place in "symbols" is its id, a label's place its class."""
    return json.dumps({"version": VERSION, **_vocabulary(classifier)}, ensure_ascii=False, indent=1)


def load_classifiers(source: bytes | str | Path) -> dict[FamilyName, Classifier]:
    """Every classifier of a file, by family, in eval mode on the CPU.

    Args:
        source: the file's content, or where it lies.

    Raises:
        SpecError: not such a file, damaged, too large, of a newer version, with tensors, symbols or labels other than
            its configs ask for, or with numbers or answers that are not finite.
        OSError: it cannot be read.
    """
    data = source if isinstance(source, bytes) else _content(Path(source))
    if len(data) > MAX_FILE_BYTES:
        raise _too_large(len(data))
    try:
        about = stored_about(data, FIELD, MAX_HEADER_BYTES)
        configs, symbols, labels, cut = _checked_about(about)
        tensors = stored_tensors(data)
    except SpecError:
        raise
    except UNREADABLE as error:
        raise foreign(data, FIELD) from error
    for name in tensors:
        if name.partition("/")[0] not in configs:
            raise SpecError(
                FIELD, "tensors", f"{FIELD} ({name!r:.60}) must have no tensors but those of its models", got=name
            )
    return {
        family: Classifier(_model(config, tensors), TextReader(symbols, config.max_len, cut), labels)
        for family, config in configs.items()
    }


def load_classifier(source: bytes | str | Path, family: FamilyName | None = None) -> Classifier:
    """One classifier of a file: that of a family, or the first. Raises what `load_classifiers` does.

    Raises:
        SpecError: also if the file has none of that family.
    """
    found = load_classifiers(source)
    if family is None:
        return next(iter(found.values()))
    if family not in found:
        message = f"family ({family!r:.60}) must be one of {', '.join(found)}"
        raise SpecError("family", "choice", message, got=family, choices=tuple(found))
    return found[family]


def _vocabulary(classifier: Classifier) -> dict[str, Any]:
    return {"labels": list(classifier.labels), "symbols": list(classifier.reader.symbols)}


def _content(path: Path) -> bytes:
    if (size := path.stat().st_size) > MAX_FILE_BYTES:
        raise _too_large(size)
    return path.read_bytes()


def _too_large(size: int) -> SpecError:
    return SpecError(
        FIELD, "most", f"{FIELD} ({size} bytes) must have at most {MAX_FILE_BYTES}", got=size, most=MAX_FILE_BYTES
    )


def _model(config: ClassifierConfig, tensors: Mapping[str, Tensor]) -> ClassifierModel:
    model = ClassifierModel(config, device="meta")  # no numbers: a forged config costs nothing
    model.load_state_dict(checked_tensors(tensors, config.family, model.state_dict(), FIELD), assign=True)
    model.eval()
    if not _answers_in_numbers(model):
        message = f"{FIELD} ({config.family}) must have weights whose answers are finite: they grow beyond float32"
        raise SpecError(FIELD, "overflow", message, got="float32")
    return model


def _answers_in_numbers(model: ClassifierModel) -> bool:
    """Whether every word by itself, and a text as long as can be, is judged by finite numbers.

    Of the pretrained the text alone: their vectors are of one length, whatever the word.
    """
    words = torch.arange(1, model.config.vocab_size)[:, None]  # without the padding, which nobody reads alone
    text = 1 + torch.arange(model.config.max_len)[None] % max(len(words), 1)
    alone = () if model.config.family in PRETRAINED_FAMILIES else torch.split(words, WORDS_AT_ONCE)
    with torch.no_grad():
        return all(bool(model(ids).isfinite().all()) for ids in (text, *alone))


def _checked_about(
    about: Mapping[str, Any],
) -> tuple[dict[FamilyName, ClassifierConfig], tuple[str, ...], tuple[str, ...], CutName]:
    """Configs by family, symbols, labels, and how long texts are cut, from JSON that anybody may have written."""
    if about["version"] != VERSION:
        message = f"version ({about['version']!r:.60}) must be {VERSION}, which this program reads"
        raise SpecError("version", "version", message, got=about["version"], newest=VERSION)
    symbols = _names("symbols", about["symbols"], MAX_LONGEST_SYMBOL)
    labels = _names("labels", about["labels"], MAX_LABEL)
    if not symbols or symbols[0] != PAD:
        message = f"symbols ({symbols[:1]!r:.60}) must begin with {PAD!r}"
        raise SpecError("symbols", "differs", message, got=symbols[:1], wanted=(PAD,))
    models = about["models"]
    if not isinstance(models, dict) or not models or not models.keys() <= set(ALL_CLASSIFIERS):
        raise SpecError(
            "models", "form", f"models ({models!r:.60}) must be by family: {', '.join(ALL_CLASSIFIERS)}", got=models
        )
    configs = {family: ClassifierConfig.from_json(text) for family, text in models.items()}
    for family, config in configs.items():
        found = (config.family, config.vocab_size, config.num_classes)
        if found != (must := (family, len(symbols), len(labels))):
            message = f"models ({found}) must agree with family, symbols and labels: {must}"
            raise SpecError("models", "differs", message, got=found, wanted=must)
    cut = about.get("cut", "first")
    check_choice("cut", cut, get_args(CutName))
    return cast("dict[FamilyName, ClassifierConfig]", configs), symbols, labels, cut


def _names(field: str, names: object, longest: int) -> tuple[str, ...]:
    """Different texts, none of them empty or too long."""
    if not isinstance(names, list) or not all(isinstance(one, str) and 0 < len(one) <= longest for one in names):
        raise SpecError(
            field, "form", f"{field} ({names!r:.60}) must be a list of texts of 1 to {longest} characters", got=names
        )
    if len(set(names)) < len(names):
        raise SpecError(field, "twice", f"{field} ({len(names)}) must be different from each other", got=names)
    return tuple(names)
