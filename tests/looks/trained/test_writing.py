"""What contenders of a race on a text write, and what they wrote it from."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from attnlab.engine import SpecError
from attnlab.engine.transformer.writing import Cuts
from attnlab.looks.trained.opened import Origin, model_of
from attnlab.looks.trained.writing import MOST_PROMPT, Letters, Prompted, letters_written
from attnlab.models import attention_maps, influence
from attnlab.training.plans.plan import RacePlan
from tests.looks.trained.test_probes import stored

PLAN = RacePlan(
    task_name="next_character",
    contenders=("transformer", "lstm"),
    steps=2,
    sizes={"length": 12},
    budget=3000,
)
LENGTH = 12


@pytest.fixture
def trained(tmp_path: Path) -> Iterator[Origin]:
    yield from stored(PLAN, 2, tmp_path)


def written(origin: Origin, family: str = "transformer", prompt: str = "the cat", count: int = 20) -> Letters:
    return letters_written(origin, family, Prompted(prompt, count, Cuts(), 0))


@pytest.mark.parametrize("family", ["transformer", "lstm"])
def test_each_letter_is_drawn_from_the_window_before_it(trained: Origin, family: str) -> None:
    found, model = written(trained, family), model_of(trained, family)
    ids = [found.symbols.index(letter) for letter, _ in found.prompt] + [one.id for one in found.written]
    for number, one in enumerate(found.written):
        end = len(found.prompt) + number
        assert found.begins[number] == max(0, end - LENGTH)
        window = torch.tensor([ids[found.begins[number] : end]])
        last = model.answers(model.embed(window))[0, -1].detach().double()
        last[0] = -torch.inf  # unknown letters are never written
        torch.testing.assert_close(one.choice.probabilities, last.softmax(-1), rtol=0, atol=1e-5)
        rows = influence(model, window, share=True)[-1]
        torch.testing.assert_close(found.influence[number, : len(rows)], rows, rtol=0, atol=1e-4)
        maps = attention_maps(model, window)
        assert (maps is None) == (found.attention is None)
        if maps is not None and found.attention is not None:
            shares = maps[:, :, -1].mean((0, 1))
            torch.testing.assert_close(found.attention[number, : len(shares)], shares, rtol=0, atol=1e-5)


def test_a_letter_that_nobody_learned_stays_in_the_prompt_and_is_never_written(trained: Origin) -> None:
    found = written(trained, prompt="the 猫", count=60)
    assert found.prompt[-2:] == ((" ", True), ("猫", False))
    assert all(one.id != 0 for one in found.written)


@pytest.mark.parametrize("prompt", ["", "\u200b", "a" * (MOST_PROMPT + 1)])
def test_a_prompt_of_nothing_or_too_much_is_refused(trained: Origin, prompt: str) -> None:
    with pytest.raises(SpecError) as refused:
        written(trained, prompt=prompt)
    assert (refused.value.field, refused.value.code) == ("prompt", "range")
