"""Interventions: what an edit changes, what it leaves alone, and against what it is checked."""

import dataclasses
import math
from typing import Any

import pytest
import torch
from torch import Tensor

from attnlab.engine import AttentionSpec, Edit, LayerTrace, SpecError, trace
from attnlab.engine.edits import STAGES, swapped
from tests.engine.reference import SENTENCE

PLAIN = AttentionSpec(tokens=SENTENCE[:7], num_heads=6, num_kv_heads=3, d_model=30, source="random", dtype="float64")


def edited(*edits: Edit, **fields: Any) -> LayerTrace:
    return trace(dataclasses.replace(PLAIN, edits=edits, **fields))


def stages(traced: LayerTrace) -> dict[str, Tensor]:
    """What is computed, in its order."""
    layer, heads = traced.layer, traced.layer.heads
    w_query, w_key, w_value = layer.projections.matrices
    return {
        "x": layer.x[0],
        "w_query": w_query.unflatten(-1, (6, -1)).transpose(0, 1),
        "w_key": w_key.unflatten(-1, (3, -1)).transpose(0, 1),
        "w_value": w_value.unflatten(-1, (3, -1)).transpose(0, 1),
        "query": heads.query[0],
        "key": heads.key[0],
        "value": heads.value[0],
        "scores": heads.scores[0],
        "masked_scores": heads.masked_scores[0],
        "weights": heads.weights[0],
        "head_output": heads.output[0],
        "output": layer.output[0],
    }


DOWNSTREAM = {
    "x": ("query", "key", "value", "scores", "masked_scores", "weights", "head_output", "output"),
    "w_query": ("query", "scores", "masked_scores", "weights", "head_output", "output"),
    "w_key": ("key", "scores", "masked_scores", "weights", "head_output", "output"),
    "w_value": ("value", "head_output", "output"),
    "query": ("scores", "masked_scores", "weights", "head_output", "output"),
    "key": ("scores", "masked_scores", "weights", "head_output", "output"),
    "value": ("head_output", "output"),
    "scores": ("masked_scores", "weights", "head_output", "output"),
    "weights": ("head_output", "output"),
}


@pytest.mark.parametrize("stage", DOWNSTREAM)
def test_an_edit_changes_its_cell_and_what_lies_downstream_and_nothing_else(stage: str) -> None:
    row, col = 4, 2
    before, after = stages(edited()), stages(edited(Edit(stage, 0 if stage == "x" else 3, row, col, 7.5)))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {stage, *DOWNSTREAM[stage]}
    cells = after[stage] != before[stage]
    shared = stage in {"key", "value", "w_key", "w_value"}
    where = (row, col) if stage == "x" else (3 // 2 if shared else 3, row, col)
    assert cells.nonzero().tolist() == [list(where)]
    assert after[stage][where] == 7.5


@pytest.mark.parametrize("stage", ["query", "key", "scores", "weights"])
def test_an_edit_of_one_head_leaves_the_others_alone(stage: str) -> None:
    before, after = edited().weights, edited(Edit(stage, 3, 4, 2, 7.5)).weights
    touched = {2, 3} if stage == "key" else {3}
    assert {head for head in range(6) if not torch.equal(before[head], after[head])} == touched


def test_a_score_set_by_hand_gives_the_softmax_of_that_row() -> None:
    traced = edited(Edit("scores", 1, 2, 5, -3.0))
    scores = edited().layer.heads.scores[0, 1, 2].tolist()
    scores[5] = -3.0
    root = math.sqrt(5)
    total = sum(math.exp(score / root) for score in scores)
    wanted = torch.tensor([math.exp(score / root) / total for score in scores], dtype=torch.float64)
    torch.testing.assert_close(traced.weights[1, 2], wanted, rtol=0, atol=1e-12)


def test_a_weight_set_by_hand_is_not_normalised_again() -> None:
    traced = edited(Edit("weights", 1, 2, 5, 4.0))
    heads = traced.layer.heads
    wanted = sum(heads.weights[0, 1, 2, key] * heads.value[0, 0, key] for key in range(7))
    assert heads.weights[0, 1, 2].sum() > 4
    torch.testing.assert_close(heads.output[0, 1, 2], wanted, rtol=0, atol=1e-12)


def test_a_painted_cell_opens_and_closes_in_all_heads() -> None:
    traced = edited(Edit("mask", 0, 1, 3, 1.0), Edit("mask", 0, 4, 0, 0.0), mask="causal")
    mask = traced.layer.heads.mask
    assert mask is not None
    wanted = torch.ones(7, 7).tril().bool()
    wanted[1, 3], wanted[4, 0] = True, False
    assert torch.equal(mask, wanted)
    assert (traced.weights[:, 1, 3] > 0).all()
    assert (traced.weights[:, 4, 0] == 0).all()


def test_a_row_painted_empty_is_zeros() -> None:
    traced = edited(*(Edit("mask", 0, 2, key, 0.0) for key in range(7)))
    assert (traced.weights[:, 2] == 0).all()
    assert (traced.layer.heads.output[:, :, 2] == 0).all()


def test_a_head_switched_off_adds_nothing_to_the_output() -> None:
    plain, off = edited(), edited(Edit("head", 3, 0, 0, 0.0))
    assert (off.layer.heads.output[0, 3] == 0).all()
    assert torch.equal(off.weights, plain.weights)
    width = PLAIN.value_width
    rows = plain.layer.projections.output_proj[3 * width : 4 * width]
    share = plain.layer.heads.output[0, 3] @ rows
    torch.testing.assert_close(off.layer.output[0], plain.layer.output[0] - share, rtol=0, atol=1e-12)


def test_a_head_switched_off_and_on_again_is_as_it_was() -> None:
    both = edited(Edit("head", 3, 0, 0, 0.0), Edit("head", 3, 0, 0, 1.0))
    assert torch.equal(both.layer.output, edited().layer.output)


def test_swapped_tokens_are_the_sentence_with_these_words_exchanged() -> None:
    tokens = list(PLAIN.tokens)
    tokens[1], tokens[5] = tokens[5], tokens[1]
    swap, typed = edited(Edit("swap", 0, 1, 5, 0.0)), trace(dataclasses.replace(PLAIN, tokens=tuple(tokens)))
    assert swap.tokens == typed.tokens
    assert torch.equal(swap.layer.output, typed.layer.output)


def test_importance_multiplies_what_the_softmax_weighs() -> None:
    """a_ij = w_j e^s_ij / sum_k w_k e^s_ik: prior times match."""
    importance = [1.0, 0.5, 1.0, 3.0, 1.0, 1.0, 1.0]
    traced = edited(Edit("importance", 0, 0, 1, 0.5), Edit("importance", 0, 0, 3, 3.0))
    plain = edited().weights * torch.tensor(importance, dtype=torch.float64)
    wanted = plain / plain.sum(-1, keepdim=True)
    torch.testing.assert_close(traced.weights, wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("positions", ["sinusoidal", "alibi", "t5", "shaw"])
def test_importance_zero_is_a_mask(positions: str) -> None:
    none, painted = (
        edited(*edits, positions=positions)
        for edits in (
            [Edit("importance", 0, 0, 2, 0.0)],
            [Edit("mask", 0, query, 2, 0.0) for query in range(7)],
        )
    )
    assert (none.weights[..., 2] == 0).all()
    assert torch.equal(none.layer.output, painted.layer.output)


def test_the_position_bias_is_what_it_was_without_importance() -> None:
    with_prior = edited(Edit("importance", 0, 0, 2, 0.25), positions="alibi")
    torch.testing.assert_close(with_prior.position_bias, edited(positions="alibi").position_bias, rtol=0, atol=1e-12)


def test_edits_are_applied_in_order_and_undone_by_dropping_the_last() -> None:
    first, second = Edit("scores", 1, 2, 5, -3.0), Edit("scores", 1, 2, 5, 8.0)
    assert edited(first, second).layer.heads.scores[0, 1, 2, 5] == 8
    assert edited(second, first).layer.heads.scores[0, 1, 2, 5] == -3
    assert torch.equal(edited(first).layer.output, edited(*(first, second)[:-1]).layer.output)


@pytest.mark.parametrize(
    "edit",
    [
        Edit("x", 0, 7, 0, 1.0),
        Edit("x", 0, 0, 30, 1.0),
        Edit("query", 6, 0, 0, 1.0),
        Edit("query", 0, 0, 5, 1.0),
        Edit("w_value", 0, 30, 0, 1.0),
        Edit("scores", 0, 0, 7, 1.0),
        Edit("head", 6, 0, 0, 0.0),
        Edit("swap", 0, 0, 7, 0.0),
        Edit("importance", 0, 0, 7, 0.5),
        Edit("mask", 1, 0, 0, 0.0),
    ],
    ids=lambda edit: edit.stage,
)
def test_an_edit_that_does_not_fit_waits(edit: Edit) -> None:
    waiting = edited(edit)
    assert waiting.spec.edits == (edit,)
    assert waiting.spec.applied == ()
    assert torch.equal(waiting.layer.output, edited().layer.output)


REFUSED: dict[str, tuple[Any, ...]] = {
    "stage": ("softmax", 0, 0, 0, 1.0),
    "head": ("x", -1, 0, 0, 1.0),
    "row": ("x", 0, 1.5, 0, 1.0),
    "col": ("x", 0, 0, 256, 1.0),
    "a head that is True": ("x", True, 0, 0, 1.0),
    "NaN": ("x", 0, 0, 0, math.nan),
    "infinity": ("scores", 0, 0, 0, -math.inf),
    "text": ("x", 0, 0, 0, "1"),
    "a huge value": ("x", 0, 0, 0, 1e7),
    "half a mask": ("mask", 0, 0, 0, 2.0),
    "negative importance": ("importance", 0, 0, 0, -0.1),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_layer_has_is_refused(case: str) -> None:
    with pytest.raises(SpecError, match="edits: "):
        Edit(*REFUSED[case])


def test_too_many_edits_are_refused() -> None:
    with pytest.raises(SpecError, match=r"edits \(65\) must be at most 64"):
        edited(*[Edit("x", 0, 0, 0, 1.0)] * 65)


def test_measures_stay_finite_whatever_a_hand_sets() -> None:
    traced = edited(Edit("weights", 0, 0, 0, -5.0), *(Edit("weights", 1, 0, key, -1.0) for key in range(7)))
    measures = dataclasses.asdict(traced.measures)
    numbers = [number for name in ("entropy_bits", "mean_distance", "total_weight") for number in measures[name]]
    assert all(math.isfinite(number) for number in numbers)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage not in {"mask", "head", "swap", "importance"}])
def test_edits_work_in_every_precision(stage: str, dtype: str) -> None:
    assert edited(Edit(stage, 2, 1, 1, 0.5), dtype=dtype).layer.output.isfinite().all()


def test_swaps_beyond_the_end_are_left_out() -> None:
    assert swapped(("a", "b"), [Edit("swap", 0, 0, 1, 0.0), Edit("swap", 0, 1, 5, 0.0)]) == ("b", "a")


@pytest.mark.parametrize("stage", ["query", "scores", "weights", "mask", "head"])
def test_what_an_edit_leaves_alone_is_the_same_to_the_last_bit(stage: str) -> None:
    """A head that stays on changes nothing, and is computed in the steps of an edited layer."""
    before = stages(edited(Edit("head", 0, 0, 0, 1.0), dtype="float32"))
    after = stages(edited(Edit(stage, 0, 0, 0, 0.0), dtype="float32"))
    upstream = {"query": ("x", "key", "value"), "weights": ("query", "scores", "masked_scores")}
    for name in upstream.get(stage, ("query", "key", "value")):
        assert torch.equal(before[name], after[name]), name


def test_a_number_too_large_for_the_precision_is_refused() -> None:
    with pytest.raises(SpecError, match="overflow float16"):
        edited(Edit("x", 0, 0, 0, 1e6), dtype="float16")
