"""Smaller models: what a silent head is, what few bits do to a number, and which head goes first."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import torch

from attnlab.engine import SpecError
from attnlab.models import Seq2SeqModel
from attnlab.models.parts.attention_layer import AttentionLayer
from attnlab.tasks import Translation
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shipped_translation import shipped_plan, shipped_translators
from attnlab.training.shown.translation_plans import translation_of
from attnlab.training.smaller.heads import Head, heads_of, silenced
from attnlab.training.smaller.measuring import Score, Shrunk, Stored, Without, cheapest, fewest_bits, shrinking, spared
from attnlab.training.smaller.stored import BITS, from_bits, in_bits
from attnlab.training.smaller.table import Table, read_table, write_table
from attnlab.training.smaller.weights import coded, packed, unpacked

PLANTED = Head("decoder", 1, 1)


@pytest.fixture(scope="module")
def task() -> Translation:
    return translation_of(shipped_plan())


@pytest.fixture
def trained() -> Seq2SeqModel:
    return copy.deepcopy(shipped_translators()["transformer"])


def layer_of(model: Seq2SeqModel, head: Head) -> AttentionLayer:
    name = f"body.{'encoder' if head.part == 'encoder' else 'decoder'}.{head.layer}."
    return cast("AttentionLayer", model.get_submodule(f"{name}{'cross' if head.part == 'cross' else 'self'}_attention"))


# --- bits -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_no_number_moves_by_more_than_half_a_step_and_the_largest_stays(bits: int) -> None:
    matrix = torch.randn(5, 7, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    matrix[2] = 0
    codes = coded(matrix, bits)
    assert ((codes.values - matrix).abs() <= codes.steps / 2 + 1e-12).all()
    assert len(codes.codes.unique()) <= 2**bits
    largest = matrix.abs().argmax(1, keepdim=True)
    torch.testing.assert_close(codes.values.gather(1, largest), matrix.gather(1, largest))
    data = packed(codes)
    assert len(data) == -(-5 * 7 * bits // 8)
    assert torch.equal(unpacked(data, codes.steps, bits, 7).codes, codes.codes)


def test_steps_by_hand() -> None:
    assert coded(torch.tensor([[-7.0, 1.4, 3.6], [0.5, 0.0, -0.2]]), 4).codes.tolist() == [[-7, 1, 4], [7, 0, -3]]
    assert packed(coded(torch.tensor([[1.0, -1.0, 0.0, 1.0, 1.0]]), 2)).tolist() == [0b10_01_00_10, 0b10]


def test_a_file_of_32_bits_is_the_model_and_each_other_is_smaller(trained: Seq2SeqModel) -> None:
    files = [in_bits(trained, bits) for bits in BITS]
    assert [len(one) for one in files] == sorted({len(one) for one in files}, reverse=True)
    weights, again = trained.state_dict(), from_bits(files[0]).state_dict()
    assert all(torch.equal(weights[name], again[name]) for name in weights)
    for data in files[1:]:
        few = from_bits(data).state_dict()
        assert all(torch.equal(weights[name], few[name]) for name in weights if weights[name].ndim < 2)
        assert not torch.equal(weights["head.weight"], few["head.weight"])
    with pytest.raises(SpecError, match=r"bits \('5'\) must be one of 32, 16"):
        in_bits(trained, 5)


# --- heads ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("head", [Head("encoder", 0, 2), PLANTED, Head("cross", 1, 0)])
def test_a_silent_head_is_one_without_values_and_afterwards_speaks_as_before(
    head: Head, trained: Seq2SeqModel, task: Translation
) -> None:
    inputs = task.batch_of(task.test_rows(5)).inputs
    other = copy.deepcopy(trained)
    layer = layer_of(other, head)
    values = slice(2 * 40 + head.head * layer.head_dim, 2 * 40 + (head.head + 1) * layer.head_dim)
    with torch.no_grad():
        before = trained(inputs)
        layer.qkv_proj.weight[values], layer.qkv_proj.bias[values] = 0, 0
        wanted = other(inputs)
        with silenced(trained, (head,)):
            found = trained(inputs)
        assert torch.equal(trained(inputs), before)
    torch.testing.assert_close(found, wanted)
    assert not torch.allclose(found, before)


def test_the_head_that_does_harm_goes_first_and_one_that_is_gone_not_again(
    trained: Seq2SeqModel, task: Translation
) -> None:
    layer, noise = layer_of(trained, PLANTED), torch.Generator().manual_seed(0)
    columns = layer.output_proj.weight.data[:, layer.head_dim : 2 * layer.head_dim]
    columns.copy_(3 * torch.randn(columns.shape, generator=noise))
    batch = task.batch_of(task.test_rows(8))
    assert cheapest(trained, (), batch) == PLANTED
    assert cheapest(trained, (PLANTED,), batch) != PLANTED


def test_a_model_without_heads_is_refused(task: Translation) -> None:
    with pytest.raises(SpecError, match=r"family \('gru'\) must be 'transformer'"):
        next(shrinking(shipped_translators()["gru"], task, 3))


# --- all of it --------------------------------------------------------------------------------------------------------


def test_every_head_is_silenced_once_and_cut_once_and_the_model_is_as_before(tmp_path: Path) -> None:
    small = RacePlan(
        task_name="translation", contenders=("transformer",), preset="example", budget=2700, num_heads=2, steps=4
    )
    model = cast("Seq2SeqModel", Seq2SeqModel(small.model_config("transformer")).eval())  # type: ignore[arg-type]
    before = copy.deepcopy(model.state_dict())
    known = list(shrinking(model, translation_of(small), 3))
    found = known[-1]
    assert [one.done for one in known] == list(range(1, found.planned + 1))
    assert [one.complete for one in known].index(True) == len(known) - 1
    assert [one.bits for one in found.stored] == list(BITS)
    assert tuple(one.head for one in found.alone) == found.heads == heads_of(model)
    assert sorted(one.head for one in found.cut) == sorted(found.heads)
    assert all(torch.equal(before[name], weight) for name, weight in model.state_dict().items())
    table = Table(found, {"processor": "one", "python": "3", "torch": "2"}, "2026-01-01")
    write_table(table, tmp_path / "smaller.json")
    assert read_table(tmp_path / "smaller.json") == table


def shrunk(cut: tuple[float, ...], stored: tuple[float, ...]) -> Shrunk:
    heads = tuple(Head("encoder", 0, number) for number in range(len(cut)))
    return Shrunk(
        100,
        heads,
        tuple(Stored(bits, 1000 * bits, Score(exact, 0)) for bits, exact in zip(BITS, stored, strict=False)),
        cut=tuple(Without(head, Score(exact, 0)) for head, exact in zip(heads, cut, strict=True)),
    )


@pytest.mark.parametrize(
    ("cut", "stored", "heads", "bits"),
    [
        ((0.9, 0.89, 0.88, 0.9), (0.9, 0.91, 0.5, 0.9), 2, 16),
        ((0.8, 0.9), (0.9, 0.7), 0, 32),
        ((0.9, 0.95), (0.9, 0.9, 0.9, 0.9, 0.9, 0.89), 2, 2),
    ],
)
def test_what_is_spared_ends_where_the_curve_first_leaves_the_point(
    cut: tuple[float, ...], stored: tuple[float, ...], heads: int, bits: int
) -> None:
    found = shrunk(cut, stored)
    small = fewest_bits(found)
    assert small is not None
    assert (spared(found), small.bits) == (heads, bits)


def test_nothing_is_said_of_a_curve_that_is_still_within_the_point() -> None:
    found = shrunk((0.9, 0.9), (0.9, 0.9))
    assert fewest_bits(found) is None
    assert spared(replace(found, cut=found.cut[:1])) is None
    assert spared(found) == 2


def test_the_table_that_ships_is_whole_and_of_the_model_that_ships(trained: Seq2SeqModel) -> None:
    found = read_table().shrunk
    assert found.complete
    assert found.heads == heads_of(trained)
    assert {one.bits: one.size for one in found.stored} == {bits: len(in_bits(trained, bits)) for bits in BITS}


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"command": "shrink", "format": 1}', '{"command": "costs", "format": 1}']
)
def test_another_file_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(SpecError, match=r"table \(.*\) must be a file that"):
        read_table(path)
