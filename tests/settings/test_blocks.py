"""The settings of the blocks page: what a link may say of them, and the stack they describe."""

from typing import Any

import pytest

from attnlab.engine import SpecError
from attnlab.engine.stack import MAX_STACK_TOKENS, seeded_inputs
from attnlab.looks.stacks import asked_stack
from attnlab.settings.lab import compare
from attnlab.settings.lab.blocks import Blocks, cell_of, cell_text, stack_spec

DEFAULTS = Blocks().values()

OTHERWISE: dict[str, Any] = {
    "stack_text": "a b",
    "stack_target": "c d e",
    "stack_source": "seeded",
    "stack_architecture": "decoder",
    "stack_depth": 3,
    "stack_placement": "post",
    "stack_norm": "rms",
    "stack_activation": "swiglu",
    "stack_heads": 2,
    "stack_kv_heads": "1",
    "stack_d_model": 8,
    "stack_ff_width": 11,
    "stack_positions": "rope",
    "stack_residual": False,
    "stack_feed_forward": False,
    "stack_dropout": 0.25,
    "stack_seed": 7,
    "stack_open": "decoder.3.self_attention.norm",
    "stack_source_token": 1,
    "stack_target_token": 3,
    "stack_head": 2,
    "stack_cell": "weights.3.1",
    "stack_temperature": 0.5,
    "stack_top_k": 3,
    "stack_top_p": 0.9,
    "stack_generated": 2,
    "stack_model": "smollm2",
}
HOSTILE = ["", "0", "-1", "9223372036854775808", "NaN", "inf", "\u0663", "None", "<b>", "__proto__", "a" * 5000]


def test_every_setting_has_a_check_that_takes_its_default() -> None:
    assert list(DEFAULTS) == list(OTHERWISE)
    assert not Blocks.refusals(linked(OTHERWISE))
    assert not Blocks.refusals({name: [str(value).lower()] for name, value in _worded(DEFAULTS).items()})


def linked(values: dict[str, Any]) -> dict[str, list[str]]:
    return {name: [str(text)] for name, text in Blocks.of(values).told().items()}


def _worded(values: dict[str, Any]) -> dict[str, Any]:
    """Those whose text says them in any case."""
    return {name: value for name, value in values.items() if value is not None and name[6:] not in ("text", "target")}


def test_no_setting_is_called_as_one_of_the_explorer_or_the_compare_page() -> None:
    assert all(name.startswith("stack_") for name in DEFAULTS)
    assert not set(DEFAULTS) & set(compare.KINDS)


def test_a_link_gives_back_what_was_put_into_it() -> None:
    assert Blocks.read(linked(OTHERWISE)).values() == OTHERWISE
    assert Blocks.read({}) == Blocks()
    assert Blocks().told() == {}
    assert Blocks(seed=3).changed() == {"stack_seed": 3}


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_nonsense_in_a_link_leaves_every_default(text: str) -> None:
    numbers = [name for name, value in DEFAULTS.items() if type(value) in (int, float)]
    assert all(
        Blocks.kinds()[name].check(text)
        for name in numbers
        if not (name in ("stack_seed", "stack_dropout") and text == "0")
    )
    values = Blocks.read({name: [text] for name in numbers}).values()
    assert {name: values[name] for name in numbers} == {name: DEFAULTS[name] for name in numbers}


@pytest.mark.parametrize(
    "name", ["decoder.7", "decoder.0.self_attention", "middle.embedding", "decoder.1.norm", "decoder.1"]
)
def test_a_place_that_no_stack_has_is_refused(name: str) -> None:
    assert "decoder.1.cross_attention" in (Blocks.kinds()["stack_open"].check(name) or "")


def test_a_cell_counts_from_one_in_the_link_and_from_zero_elsewhere() -> None:
    assert cell_of("weights.3.1") == {"name": "weights", "row": 2, "col": 0}
    assert cell_text({"name": "weights", "row": 2, "col": 0}) == "weights.3.1"
    assert cell_of("") is None


@pytest.mark.parametrize(
    "sent",
    [
        None,
        3,
        {},
        {"name": "weights", "row": "x", "col": 0},
        {"name": "<b>", "row": 0, "col": 0},
        {"row": -5, "col": 1},
    ],
)
def test_what_is_no_cell_becomes_none(sent: Any) -> None:
    assert cell_text(sent) == ""


# --- the stack --------------------------------------------------------------------------------------------------------


def test_every_setting_of_the_stack_is_in_its_spec() -> None:
    spec = stack_spec(Blocks.of(OTHERWISE | {"stack_architecture": "encoder_decoder"}))
    assert (spec.source_tokens, spec.target_tokens) == (("a", "b"), ("c", "d", "e"))
    assert (spec.depth, spec.norm_first, spec.norm_on, spec.norm) == (3, False, True, "rms")
    assert (spec.activation, spec.num_heads, spec.num_kv_heads, spec.d_model, spec.ff_width) == ("swiglu", 2, 1, 8, 11)
    assert (spec.positions, spec.residual, spec.feed_forward, spec.dropout, spec.seed) == (
        "rope",
        False,
        False,
        0.25,
        7,
    )
    assert not stack_spec(Blocks.of(OTHERWISE | {"stack_placement": "none"})).norm_on


def test_the_inputs_are_the_seeded_ones_and_are_made_once() -> None:
    wanted, again = asked_stack(Blocks()), asked_stack(Blocks())
    assert wanted.inputs is again.inputs
    assert wanted.trace() is again.trace()
    assert wanted.inputs.weights.output_proj.equal(seeded_inputs(stack_spec(Blocks())).weights.output_proj)


@pytest.mark.parametrize("name", ["stack_text", "stack_target"])
@pytest.mark.parametrize("text", ["", "   ", "\u200b", "\n" * 10_000])
def test_a_text_with_nothing_in_it_is_refused_by_the_name_of_its_field(name: str, text: str) -> None:
    with pytest.raises(SpecError) as refused:
        stack_spec(Blocks.of({name: text}))
    assert refused.value.field == name
    assert str(refused.value).endswith("must hold a visible character")


def test_the_target_of_a_stack_that_reads_one_text_does_not_matter() -> None:
    assert stack_spec(Blocks.of({"stack_architecture": "decoder", "stack_target": ""})).target_tokens == ()


def test_a_long_text_is_cut_to_what_a_stack_takes() -> None:
    spec = stack_spec(Blocks.of({"stack_text": "word " * 1000, "stack_target": "a" * 100_000}))
    assert len(spec.source_tokens) == MAX_STACK_TOKENS
    assert len(spec.target_tokens) <= MAX_STACK_TOKENS


def test_sizes_that_do_not_fit_name_the_field() -> None:
    with pytest.raises(SpecError, match="num_heads"):
        stack_spec(Blocks.of({"stack_heads": 5}))
