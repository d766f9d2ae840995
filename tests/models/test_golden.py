"""The names and the first numbers of every model: stored snapshots and what the pages show hang on both.

A tensor is told by its shape and by one number, the sum of its numbers times a wave over their places: any number
that changes, or changes places, moves it. It is compared within a tolerance, not by a digest of bits: random normals
and the orthogonal matrices come from vectorised arithmetic and LAPACK, whose last bits differ between processors.

`python -m tests.models.test_golden` writes the file anew; that breaks stored runs, so it is for new families alone.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from torch import Tensor

from attnlab.models import (
    CLASSIFIER_FAMILIES,
    FAMILIES,
    SEQ2SEQ_FAMILIES,
    AnyConfig,
    ClassifierConfig,
    ModelConfig,
    Seq2SeqConfig,
    build_model,
)

GOLDEN = Path(__file__).with_name("golden.json")
SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "models"
TOLERANCE = 1e-3

SEQUENCE_SIZES: dict[str, Any] = {"num_outputs": 3, "d_model": 12, "num_heads": 3, "max_len": 7}
SEQUENCE_VARIANTS: tuple[dict[str, Any], ...] = (
    {"vocab_size": 5, "positions": "learned"},
    {"num_features": 2, "causal": False, "norm": "rms", "norm_first": False, "num_layers": 1, "seed": 1},
    {"vocab_size": 5, "trailing_blanks": True, "ff_multiple": None, "num_kv_heads": 1, "num_layers": 1},
)
SEQ2SEQ_SIZES: dict[str, Any] = {"source_vocab_size": 7, "target_vocab_size": 5, "source_len": 3, "target_len": 3}
SEQ2SEQ_VARIANTS: tuple[dict[str, Any], ...] = (
    {"d_model": 12, "num_heads": 3, "num_layers": 2},
    {"d_model": 8, "num_heads": 2, "num_layers": 1, "norm_first": False, "ff_multiple": 1.5, "seed": 1},
)
CLASSIFIER_SIZES: dict[str, Any] = {"vocab_size": 7, "num_classes": 3, "max_len": 5}
CLASSIFIER_VARIANTS: tuple[dict[str, Any], ...] = (
    {"d_model": 12, "num_heads": 3, "num_layers": 2},
    {"d_model": 8, "num_heads": 2, "num_layers": 1, "pooling": "mean", "ff_multiple": 1.5, "seed": 1},
)


def configs() -> dict[str, AnyConfig]:
    named: dict[str, AnyConfig] = {}
    for family in FAMILIES:
        for number, variant in enumerate(SEQUENCE_VARIANTS):
            named[f"sequence {family} {number}"] = ModelConfig(family=family, **SEQUENCE_SIZES, **variant)
    for family in SEQ2SEQ_FAMILIES:
        for number, variant in enumerate(SEQ2SEQ_VARIANTS):
            named[f"seq2seq {family} {number}"] = Seq2SeqConfig(family=family, **SEQ2SEQ_SIZES, **variant)
    for family in CLASSIFIER_FAMILIES:
        for number, variant in enumerate(CLASSIFIER_VARIANTS):
            named[f"classifier {family} {number}"] = ClassifierConfig(family=family, **CLASSIFIER_SIZES, **variant)
    return named


CONFIGS = configs()


def told(tensor: Tensor) -> list[Any]:
    """Its shape, and the sum of its numbers times a wave."""
    numbers = tensor.double().flatten()
    wave = torch.cos(torch.arange(len(numbers), dtype=torch.float64))
    return [*tensor.shape, round(float(numbers @ wave), 5)]


def weights(config: AnyConfig) -> dict[str, list[Any]]:
    return {name: told(tensor) for name, tensor in build_model(config).state_dict().items()}


def keys(path: Path) -> list[str]:
    with safe_open(path, "pt") as file:
        return sorted(file.keys())


def shipped() -> dict[str, list[str]]:
    return {path.name: keys(path) for path in sorted(SHIPPED.glob("*.safetensors"))}


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return stored


def test_the_golden_file_knows_every_model_and_every_shipped_file(golden: dict[str, Any]) -> None:
    assert list(golden["weights"]) == list(CONFIGS)
    assert {name.split()[1] for name in CONFIGS if name.startswith("sequence")} == set(FAMILIES)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_models_weights_keep_their_names_shapes_and_first_numbers(golden: dict[str, Any], name: str) -> None:
    stored, found = golden["weights"][name], weights(CONFIGS[name])
    assert list(found) == list(stored)  # in the order in which an optimizer numbers them
    for key, (*shape, number) in found.items():
        assert shape == stored[key][:-1], key
        assert number == pytest.approx(stored[key][-1], abs=TOLERANCE), key


def test_shipped_files_keep_their_keys(golden: dict[str, Any]) -> None:
    assert shipped() == golden["shipped"]


def test_two_numbers_that_change_places_are_noticed() -> None:
    tensor = torch.randn(5, 7, generator=torch.Generator().manual_seed(0))
    swapped = tensor.clone()
    swapped[2, 3], swapped[4, 1] = tensor[4, 1], tensor[2, 3]
    assert abs(told(tensor)[-1] - told(swapped)[-1]) > TOLERANCE


def lines(entries: dict[str, Any]) -> str:
    """A JSON object with a line an entry, so that a change can be read."""
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in entries.items()) + "\n}"


def written() -> str:
    models = ",\n".join(f"{json.dumps(name)}: {lines(weights(config))}" for name, config in CONFIGS.items())
    return f'{{"weights": {{{models}}},\n"shipped": {lines(shipped())}}}\n'


if __name__ == "__main__":
    GOLDEN.write_text(written(), encoding="utf-8")
