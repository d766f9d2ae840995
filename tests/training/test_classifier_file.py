"""Classifiers as files: what is saved comes back bit for bit, and nothing else does."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load, save

from attnlab.engine import SpecError
from attnlab.models import CLASSIFIER_FAMILIES, ClassifierConfig, ClassifierModel, FamilyName
from attnlab.tasks import TextReader
from attnlab.training import classifier_file
from attnlab.training.classifier_file import (
    Classifier,
    load_classifier,
    load_classifiers,
    saved_classifiers,
    vocabulary_json,
)

SYMBOLS = ("<pad>", "<unk>", "film", "gut", "grösse", "不", "=1+1")
LABELS = ("no", "yes <b>")


def classifier(family: FamilyName = "lstm") -> Classifier:
    return Classifier(ClassifierModel(config_of(family)).eval(), TextReader(SYMBOLS, 5), LABELS)


def config_of(family: FamilyName) -> ClassifierConfig:
    sizes = {"vocab_size": len(SYMBOLS), "num_classes": 2, "max_len": 5}
    return ClassifierConfig(family=family, **sizes, d_model=8, num_heads=2)


@pytest.mark.parametrize("family", CLASSIFIER_FAMILIES)
def test_what_is_saved_comes_back_bit_for_bit(family: FamilyName, tmp_path: Path) -> None:
    one, path = classifier(family), tmp_path / "one.safetensors"
    path.write_bytes(saved_classifiers([one]))
    for back in (load_classifier(path), load_classifier(str(path)), load_classifier(path.read_bytes())):
        assert back.model.config == one.model.config
        assert (back.reader, back.labels) == (one.reader, LABELS)
        assert not back.model.training
        found = back.model.state_dict()
        assert all(torch.equal(found[name], value) for name, value in one.model.state_dict().items())
        assert back.classify("film 不 gut") == one.classify("film 不 gut")


@pytest.mark.parametrize("family", CLASSIFIER_FAMILIES)
def test_weights_so_large_that_no_verdict_is_a_number_are_refused(family: FamilyName) -> None:
    one = classifier(family)
    one.model.load_state_dict({name: torch.full_like(each, 3e38) for name, each in one.model.state_dict().items()})
    with pytest.raises(SpecError, match="beyond float32") as refused:
        load_classifier(saved_classifiers([one]))
    assert (refused.value.code, refused.value.values) == ("overflow", {"got": "float32"})


def test_a_file_may_hold_several_that_share_a_vocabulary() -> None:
    everyone = [classifier(family) for family in CLASSIFIER_FAMILIES]
    data = saved_classifiers(everyone)
    assert tuple(load_classifiers(data)) == CLASSIFIER_FAMILIES
    assert load_classifier(data, "text_cnn").model.config.family == "text_cnn"
    with pytest.raises(SpecError, match="family"):
        load_classifier(saved_classifiers(everyone[:1]), "lstm")
    other = Classifier(everyone[1].model, TextReader(SYMBOLS, 4), LABELS)
    for refused in ([everyone[0], everyone[0]], [everyone[0], other]):
        with pytest.raises(ValueError, match="one vocabulary"):
            saved_classifiers(refused)


def test_probabilities_are_by_label_and_sum_to_one() -> None:
    said = classifier().classify("a film that nobody knows")
    assert tuple(said) == LABELS
    assert sum(said.values()) == pytest.approx(1)


def test_words_are_read_as_on_the_page() -> None:
    read = classifier().encode("Film, zebra Größe")
    assert read.tokens == ("film", ",", "zebra", "grösse")  # small letters of sharp s are two
    assert read.ids == (2, 1, 1, 4)
    assert read.unknown == (",", "zebra")


def test_a_text_without_words_is_refused() -> None:
    with pytest.raises(SpecError, match="text"):
        classifier().classify(" \u200b")


def test_the_vocabulary_alone_is_readable_json() -> None:
    told = json.loads(vocabulary_json(classifier()))
    assert told == {"version": 1, "labels": list(LABELS), "symbols": list(SYMBOLS)}


def forged(**changes: Any) -> bytes:
    """The file with another header."""
    data = saved_classifiers([classifier()])
    length = struct.unpack("<Q", data[:8])[0]
    about = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["attnlab"])
    return save(load(data), {"attnlab": json.dumps(about | changes)})


def with_tensors(change: Callable[[dict[str, torch.Tensor]], object]) -> bytes:
    """The file with other tensors."""
    data = saved_classifiers([classifier()])
    length = struct.unpack("<Q", data[:8])[0]
    tensors = load(data)
    change(tensors)
    return save(tensors, json.loads(data[8 : 8 + length])["__metadata__"])


def config(**changes: Any) -> str:
    return json.dumps(json.loads(config_of("lstm").to_json()) | changes)


FORGERIES: dict[str, tuple[dict[str, Any], str]] = {
    "newer": ({"version": 2}, "version"),
    "no version": ({"version": None}, "version"),
    "too few symbols": ({"symbols": list(SYMBOLS[:-1])}, "models"),
    "twice the same symbol": ({"symbols": [*SYMBOLS[:-1], "film"]}, "symbols"),
    "an empty symbol": ({"symbols": [*SYMBOLS[:-1], ""]}, "symbols"),
    "a huge symbol": ({"symbols": [*SYMBOLS[:-1], "x" * 1000]}, "symbols"),
    "numbers for symbols": ({"symbols": list(range(7))}, "symbols"),
    "no padding": ({"symbols": ["pad", *SYMBOLS[1:]]}, "symbols"),
    "text for symbols": ({"symbols": "abcdefg"}, "symbols"),
    "a third label": ({"labels": ["a", "b", "c"]}, "models"),
    "the same labels": ({"labels": ["a", "a"]}, "labels"),
    "no labels": ({"labels": []}, "models"),
    "no models": ({"models": {}}, "models"),
    "a model of another kind": ({"models": {"gru": config()}}, "models"),
    "a list of models": ({"models": [config()]}, "models"),
    "a family that lies": ({"models": {"lstm": config(family="bag_of_words")}}, "models"),
    "huge sizes": ({"models": {"lstm": config(d_model=10**18)}}, "d_model"),
    "large sizes": ({"models": {"lstm": config(d_model=512)}}, "classifier"),
    "a config of another kind": ({"models": {"lstm": config(kind="seq2seq")}}, "kind"),
    "a config that is no text": ({"models": {"lstm": {"family": "lstm"}}}, "classifier"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_header_is_refused_by_name(name: str) -> None:
    changes, field = FORGERIES[name]
    with pytest.raises(SpecError) as caught:
        load_classifiers(forged(**changes))
    assert caught.value.field == field


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors: tensors.pop("lstm/head.bias"),
        lambda tensors: tensors.update({"lstm/extra": torch.ones(1)}),
        lambda tensors: tensors.update({"gru/head.bias": torch.ones(2)}),
        lambda tensors: tensors.update({"loose": torch.ones(2)}),
        lambda tensors: tensors.update({"lstm/head.bias": torch.ones(3)}),
        lambda tensors: tensors.update({"lstm/head.bias": torch.ones(2).double()}),
        lambda tensors: tensors.update({"lstm/head.bias": torch.tensor([1.0, float("nan")])}),
        lambda tensors: tensors.update({"lstm/head.bias": torch.tensor([1.0, float("inf")])}),
    ],
    ids=["missing", "added", "of another family", "of none", "shape", "type", "NaN", "infinite"],
)
def test_other_tensors_are_refused(change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    with pytest.raises(SpecError, match="classifier"):
        load_classifiers(with_tensors(change))


FOREIGN = {
    "empty": b"",
    "short": b"\x01",
    "zip": b"PK\x03\x04" + b"\0" * 60,
    "gzip": b"\x1f\x8b" + b"\0" * 60,
    "pickle": b"\x80\x04\x95" + b"\0" * 60,
    "text": "text,label\nä,b\n".encode() * 40,
    "deep JSON": struct.pack("<Q", 100_000) + b"[" * 100_000,
    "no metadata": save({"lstm/head.bias": torch.ones(2)}),
    "no JSON": save({"a": torch.ones(2)}, {"attnlab": "{"}),
    "a list": save({"a": torch.ones(2)}, {"attnlab": "[]"}),
    "a number": save({"a": torch.ones(2)}, {"attnlab": "1"}),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_file_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match="classifier"):
        load_classifiers(FOREIGN[name])


@pytest.mark.parametrize("name", ["text", "zip", "gzip", "pickle"])
def test_another_kind_of_file_is_called_no_file_of_ours_and_no_long_one(name: str) -> None:
    with pytest.raises(SpecError) as refused:
        load_classifiers(FOREIGN[name])
    assert refused.value.code == "damaged"


def test_a_file_that_is_cut_or_has_one_bit_flipped_is_refused_or_whole() -> None:
    data = saved_classifiers([classifier()])
    for length in range(0, len(data), 97):
        with pytest.raises(SpecError):
            load_classifiers(data[:length])
    refused = 0
    for place in range(0, 1500, 13):  # the header; a flipped bit of a weight is another weight
        flipped = bytearray(data)
        flipped[place] ^= 1
        try:
            load_classifiers(bytes(flipped))
        except SpecError:
            refused += 1
    assert refused > 60


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier_file, "MAX_FILE_BYTES", 100)
    path = tmp_path / "large.safetensors"
    path.write_bytes(b"\0" * 101)
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("it was read"))
    for source in (path, b"\0" * 101):
        with pytest.raises(SpecError, match="at most 100"):
            load_classifiers(source)


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        load_classifiers(tmp_path / "none")
