"""The model that comes with the app: small, whole, and it has learned what it is shown for."""

from pathlib import Path

import pytest
import torch

from attnlab.engine import SpecError
from attnlab.engine.seeds import generator
from attnlab.models import SequenceModel
from attnlab.tasks import accuracy
from attnlab.training.shipped import CELL, EXAMPLE, NAMES, PATH, SYMBOLS, plan, shipped

MAX_BYTES = 300_000


def test_the_file_is_small_and_made_from_the_plan_in_the_code() -> None:
    assert PATH.stat().st_size < MAX_BYTES
    known = shipped()
    assert known.model.config == plan().model_config("transformer")
    assert known.vocabulary.symbols == SYMBOLS
    assert known.example == EXAMPLE
    assert known.cell == CELL
    assert len(SYMBOLS) == len(set(SYMBOLS)) == known.model.config.vocab_size


def test_it_recalls_pairs_that_it_was_never_trained_on() -> None:
    batch = plan().task.sample(256, generator(1, "held out"), "test")
    with torch.inference_mode():
        assert accuracy(shipped().model(batch.inputs), batch) >= 0.99
        assert accuracy(SequenceModel(plan().model_config("transformer"))(batch.inputs), batch) < 0.2


def test_its_heads_on_the_example_are_an_induction_head() -> None:
    known = shipped()
    encoded = known.vocabulary.encode(EXAMPLE, 24)
    tokens = encoded.text.tokens
    with torch.inference_mode():
        first, second = known.model.trace(torch.tensor([encoded.ids])).attention
    assert first is not None
    assert second is not None
    things = range(1, 8, 2)
    ties = first.heads.weights[0, :, things, [place - 1 for place in things]]
    assert ties.mean(1).max() > 0.8, "a head of layer 1 ties each thing to the name before it"
    words = [tokens[place - 1] for place in CELL]
    assert words == ["Ben", "milk"]
    asked = [place for place in range(8, len(tokens)) if tokens[place] in NAMES]
    due = [tokens.index(tokens[place]) + 1 for place in asked]
    assert second.heads.weights[0, :, asked, due].min(1).values.max() > 0.8, "layer 2 finds what is tied to the name"


@pytest.mark.parametrize("where", [0, 7, 40, 900, -1])
def test_a_damaged_file_is_refused(where: int, tmp_path: Path) -> None:
    damaged = tmp_path / "model.safetensors"
    damaged.write_bytes(PATH.read_bytes()[: len(PATH.read_bytes()) + where if where < 0 else where])
    with pytest.raises(SpecError, match="snapshot"):
        shipped(damaged)
