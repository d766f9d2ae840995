"""A decoder goes on with a text: as if it had read the whole of it anew for every piece."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from attnlab.engine import SpecError
from attnlab.engine.transformer.writing import Cuts
from attnlab.pretrained import Model, open_model
from attnlab.pretrained.writing import can_write, continued

TEXT = "abc abd."
FolderOf = Callable[[str], Path]


def written(model: Model, count: int = 6) -> tuple[int, ...]:
    return tuple(one.id for one in continued(model, model.reader.read(TEXT), count, Cuts(), 3).tokens)


@pytest.mark.parametrize("kind", ["gpt2", "llama, tied, wide heads, biases", "qwen2"])
def test_what_was_kept_changes_nothing(folder_of: FolderOf, kind: str) -> None:
    model = open_model(folder_of(kind))
    read = model.reader.read(TEXT)
    found = continued(model, read, 6, Cuts(0.8, 40, None), 0)
    ids = [*read.ids, *(one.id for one in found.tokens)]
    whole = model.traced(replace(read, tokens=model.reader.named(ids)))
    assert whole.logits is not None
    for number, one in enumerate(found.tokens):
        end = len(read.ids) + number
        wanted = (whole.logits[end - 1].double() / 0.8).softmax(-1)
        torch.testing.assert_close(one.choice.probabilities, wanted, rtol=0, atol=1e-5)
        torch.testing.assert_close(found.attention[number], whole.attentions[:, :, end - 1, :end], rtol=0, atol=1e-5)


def test_a_text_grows_up_to_the_model_s_limit_and_no_further(folder_of: FolderOf) -> None:
    model = open_model(folder_of("llama"))
    length = len(model.reader.read(TEXT).ids)
    near = replace(model, sizes=replace(model.sizes, num_positions=length + 2))
    assert written(near, 40) == written(model, 3)
    full = replace(model, sizes=replace(model.sizes, num_positions=length))
    with pytest.raises(SpecError, match=r"there is no room to write on") as refused:
        written(full)
    assert (refused.value.field, refused.value.code) == ("sentence", "most")


def test_a_model_that_says_nothing_does_not_write(folder_of: FolderOf) -> None:
    model = open_model(folder_of("llama without a head"))
    assert not can_write(model)
    with pytest.raises(ValueError, match="must be a decoder with a head"):
        written(model)
