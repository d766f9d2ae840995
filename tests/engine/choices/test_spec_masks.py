"""The mask of a spec: one or two by name, combined by and / or, painted by hand."""

from typing import Any, get_args

import pytest
import torch

from attnlab.engine import AttentionSpec, Edit, attention_mask
from attnlab.engine.choices.spec_masks import MASKS
from attnlab.engine.spec import MaskName


def drawn(tokens: int = 6, **fields: Any) -> list[str]:
    mask = attention_mask(AttentionSpec(tokens=("a",) * tokens, d_model=8, num_heads=1, **fields))
    assert mask is not None
    return ["".join(".#"[int(cell)] for cell in row) for row in mask.tolist()]


def test_the_registry_has_a_mask_for_every_name() -> None:
    assert ("none", *MASKS) == get_args(MaskName)


PICTURES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "dilated": (
        {"mask": "dilated", "window": 3, "dilation": 2},
        ["#.#.#.", ".#.#.#", "#.#.#.", ".#.#.#", "#.#.#.", ".#.#.#"],
    ),
    "block": ({"mask": "block", "block": 4}, ["####..", "####..", "####..", "####..", "....##", "....##"]),
    "global": ({"mask": "global", "global_tokens": 1}, ["######", "#.....", "#.....", "#.....", "#.....", "#....."]),
    "prefix": ({"mask": "prefix", "prefix": 3}, ["###...", "###...", "###...", "####..", "#####.", "######"]),
    "Longformer": (
        {"mask": "window", "window": 2, "second_mask": "global", "combine": "or"},
        ["######", "###...", "####..", "#.###.", "#..###", "#...##"],
    ),
    "window and causal": (
        {"mask": "window", "window": 2, "second_mask": "causal"},
        ["#.....", "##....", ".##...", "..##..", "...##.", "....##"],
    ),
    "the second alone": (
        {"second_mask": "block", "block": 3, "combine": "or"},
        ["###...", "###...", "###...", "...###", "...###", "...###"],
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_mask_looks_as_in_the_paper(name: str) -> None:
    fields, picture = PICTURES[name]
    assert drawn(**fields) == picture


def test_random_blocks_see_their_own_block_and_as_many_others_as_asked() -> None:
    mask = attention_mask(
        AttentionSpec(tokens=("a",) * 20, d_model=8, num_heads=1, mask="random_blocks", block=4, random_blocks=2)
    )
    assert mask is not None
    blocks = mask.unflatten(0, (5, 4)).unflatten(2, (5, 4)).permute(0, 2, 1, 3).flatten(2)
    assert (blocks.all(-1) == blocks.any(-1)).all()  # a block is seen whole or not at all
    assert blocks.all(-1).diagonal().all()
    assert blocks.all(-1).sum(-1).tolist() == [3] * 5


@pytest.mark.parametrize("first", get_args(MaskName))
@pytest.mark.parametrize("second", get_args(MaskName))
def test_any_two_masks_combine_by_and_and_or(first: MaskName, second: MaskName) -> None:
    def mask(**fields: Any) -> torch.Tensor:
        spec = AttentionSpec(tokens=("a",) * 9, d_model=8, num_heads=1, padding=0, block=2, **fields)
        found = attention_mask(spec)
        return torch.ones(9, 9).bool() if found is None else found

    one, other = mask(mask=first), mask(mask=second)
    assert torch.equal(mask(mask=first, second_mask=second, combine="and"), one & other)
    if "none" not in (first, second):
        assert torch.equal(mask(mask=first, second_mask=second, combine="or"), one | other)


def test_none_is_no_mask_to_combine_with() -> None:
    causal = drawn(mask="causal")
    assert drawn(mask="none", second_mask="causal", combine="or") == causal
    assert drawn(mask="causal", second_mask="none", combine="or") == causal


def test_painting_comes_after_the_masks() -> None:
    edits = (Edit("mask", 0, 0, 5, 1.0), Edit("mask", 0, 5, 0, 0.0))
    assert drawn(mask="causal", edits=edits) == ["#....#", "##....", "###...", "####..", "#####.", ".#####"]
    assert drawn(edits=edits[1:]) == ["######"] * 5 + [".#####"]


def test_padding_is_there_if_either_mask_asks_for_it() -> None:
    assert len(drawn(mask="causal", second_mask="padding", padding=2)) == 8
    assert drawn(tokens=2, mask="padding", padding=1, second_mask="causal") == ["#..", "##.", "##."]
