import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnlab.engine import SpecError
from attnlab.models import FAMILIES, ModelConfig
from attnlab.models.config import MULTI_HEAD
from tests.models.reference import config


def test_configs_with_equal_fields_are_one_key() -> None:
    assert {config(): "a"}[config()] == "a"
    assert config() != config(seed=1)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_contender_differs_in_its_family_alone(family: str) -> None:
    contender = replace(config(positions="rope", num_kv_heads=1), family=family)
    assert replace(contender, family="transformer") == config(positions="rope", num_kv_heads=1)
    assert contender.position_encoding == ("rope" if family in MULTI_HEAD else "none")


REFUSED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("family", {"family": "mamba"}, r"family \('mamba'\) must be one of transformer, lstm, gru, rnn, tcn"),
    ("family", {"family": ["lstm"]}, r"family \(\['lstm'\]\) must be one of"),
    ("positions", {"positions": "relative"}, r"positions \('relative'\) must be one of none, sinusoidal"),
    ("norm", {"norm": "batch"}, r"norm \('batch'\) must be one of layer, rms"),
    ("causal", {"causal": 1}, r"causal \(1\) must be True or False"),
    ("d_model", {"d_model": 0}, r"d_model \(0\) must be between 1 and 512"),
    ("d_model", {"d_model": 10**18}, r"d_model \(10+\) must be between 1 and 512"),
    ("d_model", {"d_model": 12.0}, r"d_model \(12\.0\) must be a whole number"),
    ("d_model", {"d_model": True}, r"d_model \(True\) must be a whole number"),
    ("d_model", {"d_model": None}, r"d_model \(None\) must be a whole number"),
    ("num_layers", {"num_layers": 13}, r"num_layers \(13\) must be between 1 and 12"),
    ("dropout", {"dropout": float("nan")}, r"dropout \(nan\) must be between 0\.0 and 0\.9"),
    ("dropout", {"dropout": "0.1"}, r"dropout \('0\.1'\) must be a number"),
    ("ff_multiple", {"ff_multiple": 0}, r"ff_multiple \(0\) must be between 0\.1 and 8\.0"),
    ("seed", {"seed": -1}, r"seed \(-1\) must be between 0 and 2147483647"),
    ("num_heads", {"num_heads": 5}, r"num_heads \(5\) must divide d_model \(12\)"),
    ("num_kv_heads", {"num_kv_heads": 2}, r"num_kv_heads \(2\) must divide num_heads \(3\)"),
    ("positions", {"positions": "rope", "num_heads": 12}, r"positions \('rope'\) must have d_model / num_heads of 2"),
    ("vocab_size", {"num_features": 3}, r"vocab_size \(11\) or num_features \(3\) must be given, and not both"),
    ("vocab_size", {"vocab_size": None}, r"vocab_size \(None\) or num_features \(None\) must be given"),
    ("trailing_blanks", {"trailing_blanks": True, "causal": False}, r"trailing_blanks \(True\) must come with causal"),
    ("d_model", {"family": "gru", "d_model": 7, "causal": False}, r"d_model \(7\) must be even: a bidirectional gru"),
    ("kernel_size", {"family": "tcn", "kernel_size": 4, "causal": False}, r"kernel_size \(4\) must be odd"),
    ("kernel_size", {"family": "tcn", "kernel_size": 1}, r"kernel_size \(1\) must be between 2 and 15"),
    ("window", {"family": "window_attention", "window": 0}, r"window \(0\) must be between 1 and 4096"),
    ("window", {"family": "window_attention", "window": 2.5}, r"window \(2\.5\) must be a whole number"),
    ("num_heads", {"family": "window_attention", "num_heads": 5}, r"num_heads \(5\) must divide d_model \(12\)"),
    ("positions", {"family": "linear_attention", "positions": "alibi"}, r"positions \('alibi'\) must be another kind"),
)


@pytest.mark.parametrize(("field", "changes", "message"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_refusal_names_field_value_and_what_is_allowed(field: str, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=f"^{message}") as refusal:
        config(**{"family": "transformer"} | changes)
    assert refusal.value.field == field


def test_what_a_family_does_not_use_may_not_fit_it() -> None:
    assert config("lstm", num_heads=5).d_model == 12
    assert config("gru", d_model=7).d_model == 7
    assert config("tcn", kernel_size=4).kernel_size == 4


def test_the_hybrid_has_one_head() -> None:
    hybrid = config("lstm_attention", num_heads=3, num_kv_heads=3)
    assert (hybrid.query_heads, hybrid.kv_heads, hybrid.head_dim) == (1, 1, 12)


# --- JSON -------------------------------------------------------------------------------------------------------------

sizes = st.fixed_dictionaries(
    {
        "family": st.sampled_from(FAMILIES),
        "num_outputs": st.integers(1, 65_536),
        "d_model": st.integers(1, 170).map(lambda third: 3 * third),
        "num_layers": st.integers(1, 12),
        "ff_multiple": st.none() | st.integers(1, 8) | st.floats(0.1, 8.0),
        "positions": st.sampled_from(("none", "sinusoidal", "learned", "alibi")),
        "norm": st.sampled_from(("layer", "rms")),
        "norm_first": st.booleans(),
        "residual": st.booleans(),
        "scaling": st.booleans(),
        "trailing_blanks": st.booleans(),
        "dropout": st.floats(0.0, 0.9),
        "seed": st.integers(0, 2**31 - 1),
    }
).filter(lambda drawn: (drawn["family"], drawn["positions"]) != ("linear_attention", "alibi"))


@given(sizes)
def test_json_gives_back_the_config(changes: dict[str, Any]) -> None:
    written = config(**changes)
    assert ModelConfig.from_json(written.to_json()) == written


def stored(**changes: Any) -> str:
    return json.dumps(json.loads(config().to_json()) | changes)


def stored_without(field: str) -> str:
    fields = json.loads(config().to_json())
    del fields[field]
    return json.dumps(fields)


@pytest.mark.parametrize("field", ["kernel_size", "window"])
def test_json_may_lack_what_has_a_default(field: str) -> None:
    assert ModelConfig.from_json(stored_without(field)) == config()


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("config", "", "config .* must be JSON"),
        ("config", config().to_json()[:-9], "config .* must be JSON"),
        ("config", "[" * 100_000, "config .* must be JSON"),
        ("config", '{"d_model": 1' + "0" * 5000 + "}", "config .* must be JSON"),
        ("config", "[1, 2]", r"config \(\[1, 2\]\) must be a JSON object"),
        ("version", stored(version=2), r"version \(2\) must be 1 to 1 \(written by a newer program\)"),
        ("version", stored(version=0), r"version \(0\) must be 1 to 1$"),
        ("version", stored(version="1"), r"version \('1'\) must be 1 to 1$"),
        ("version", stored(version=True), r"version \(True\) must be 1 to 1$"),
        ("version", stored_without("version"), r"version \(None\) must be 1 to 1$"),
        ("config", stored(__class__="os"), r"config \('__class__'\) must have no other fields than causal, d_model"),
        ("num_outputs", stored_without("num_outputs"), r"num_outputs \(missing\) must be given"),
        ("d_model", stored(d_model="12"), r"d_model \('12'\) must be a whole number"),
        ("d_model", stored(d_model=[12]), r"d_model \(\[12\]\) must be a whole number"),
        ("dropout", stored(dropout=float("nan")), r"dropout \(nan\) must be between"),
        ("causal", stored(causal="yes"), r"causal \('yes'\) must be True or False"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_json_that_is_not_a_config_is_refused(field: str, text: str, message: str) -> None:
    with pytest.raises(SpecError, match=message) as refusal:
        ModelConfig.from_json(text)
    assert refusal.value.field == field
    assert len(str(refusal.value)) < 500
