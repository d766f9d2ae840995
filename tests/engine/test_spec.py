"""A spec can be hashed and compared, and refuses what is out of bounds by field, value and range."""

import dataclasses
import math
from typing import Any

import pytest

from attnlab.engine import AttentionSpec, SpecError
from tests.engine.reference import SENTENCE


def spec(**fields: Any) -> AttentionSpec:
    return AttentionSpec(**({"tokens": SENTENCE} | fields))


def test_equal_fields_make_equal_specs() -> None:
    assert spec() == spec()
    assert hash(spec()) == hash(spec())
    assert len({spec(), spec(), spec(seed=1), spec(tokens=("a",))}) == 3


def test_a_spec_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec().num_heads = 2  # type: ignore[misc]


def test_widths_follow_from_d_model_unless_they_are_set() -> None:
    assert (spec().key_width, spec().value_width, spec().kv_heads) == (8, 8, 8)
    free = spec(head_dim=5, value_dim=7, num_heads=3, d_model=64, num_kv_heads=1)
    assert (free.key_width, free.value_width, free.kv_heads) == (5, 7, 1)
    assert free.scale == pytest.approx(1 / math.sqrt(5))
    assert spec(score="dot").scale == 1


def test_padding_counts_under_its_mask_only() -> None:
    assert spec(padding=4).seq_len == 12
    assert spec(padding=4, mask="padding").seq_len == 16


LARGE = {"num_heads": 12, "d_model": 768, "head_dim": 192}


def test_a_layer_of_a_model_may_be_larger_than_what_is_asked_for() -> None:
    assert spec(source="trained", **LARGE).key_width == 192
    for name, size in LARGE.items():
        if name != "num_heads":
            with pytest.raises(SpecError, match=rf"^{name} \({size}\) must be between 1 and"):
                spec(source="random", **{name: size})
    with pytest.raises(SpecError, match=r"^d_model \(8193\) must be between 1 and 8192"):
        spec(source="trained", d_model=8193, head_dim=1, value_dim=1)


REFUSALS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no tokens": ({"tokens": ()}, "tokens", r"tokens \(0\) must be between 1 and 128"),
    "many tokens": ({"tokens": ("a",) * 129}, "tokens", r"tokens \(129\) must be between 1 and 128"),
    "a list": ({"tokens": ["a"]}, "tokens", r"tokens \(list\) must be a tuple of strings"),
    "a string": ({"tokens": "abc"}, "tokens", r"tokens \(str\) must be a tuple of strings"),
    "numbers": ({"tokens": (1, 2)}, "tokens", r"tokens \(tuple\) must be a tuple of strings"),
    "source": ({"source": "learned"}, "source", r"source \('learned'\) must be one of designed, random, trained"),
    "positions": ({"positions": ""}, "positions", r"positions \(''\) must be one of none, sinusoidal"),
    "mask": ({"mask": "Causal"}, "mask", r"mask \('Causal'\) must be one of none, causal, window, padding"),
    "dtype": ({"dtype": "int8"}, "dtype", r"dtype \('int8'\) must be one of float32"),
    "qk_norm": ({"qk_norm": "no"}, "qk_norm", r"qk_norm \('no'\) must be True or False"),
    "score": ({"score": "dots"}, "score", r"score \('dots'\) must be one of scaled_dot, dot"),
    "normalizer": ({"normalizer": ""}, "normalizer", r"normalizer \(''\) must be one of softmax, sparsemax"),
    "softcap 0": ({"softcap": 0.0}, "softcap", r"softcap \(0.0\) must be between 0.1 and 100.0"),
    "sink": ({"sink": 21.0}, "sink", r"sink \(21.0\) must be between -20.0 and 20.0"),
    "sink beside": (
        {"sink": 0.0, "normalizer": "hard"},
        "sink",
        r"sink \(0.0\) must be left out beside normalizer 'hard'",
    ),
    "edits": ({"edits": [1]}, "edits", r"edits \(list\) must be a tuple of edits"),
    "heads 0": ({"num_heads": 0}, "num_heads", r"num_heads \(0\) must be between 1 and 16"),
    "heads -1": ({"num_heads": -1}, "num_heads", r"num_heads \(-1\) must be between"),
    "heads 2.0": ({"num_heads": 2.0}, "num_heads", r"num_heads \(2.0\) must be a whole number"),
    "heads True": ({"num_heads": True}, "num_heads", r"num_heads \(True\) must be a whole number"),
    "heads None": ({"num_heads": None}, "num_heads", r"num_heads \(None\) must be a whole number"),
    "heads divide": ({"num_heads": 7}, "num_heads", r"num_heads \(7\) must divide d_model \(64\)"),
    "d_model 7": ({"d_model": 7, "num_heads": 2}, "num_heads", r"num_heads \(2\) must divide d_model \(7\)"),
    "d_model huge": ({"d_model": 10**18}, "d_model", r"d_model \(1000000000000000000\) must be between 1 and 256"),
    "d_model NaN": ({"d_model": math.nan}, "d_model", r"d_model \(nan\) must be a whole number"),
    "one free width": ({"head_dim": 5, "num_heads": 3}, "num_heads", r"num_heads \(3\) must divide d_model \(64\)"),
    "kv heads": ({"num_kv_heads": 3}, "num_kv_heads", r"num_kv_heads \(3\) must divide num_heads \(8\)"),
    "kv heads 0": ({"num_kv_heads": 0}, "num_kv_heads", r"num_kv_heads \(0\) must be between 1 and 16"),
    "more kv heads": ({"num_kv_heads": 16}, "num_kv_heads", r"num_kv_heads \(16\) must divide num_heads \(8\)"),
    "head_dim": ({"head_dim": 129}, "head_dim", r"head_dim \(129\) must be between 1 and 128"),
    "value_dim": ({"value_dim": 0}, "value_dim", r"value_dim \(0\) must be between 1 and 128"),
    "window": ({"window": 0}, "window", r"window \(0\) must be between 1 and 128"),
    "padding": ({"padding": -1}, "padding", r"padding \(-1\) must be between 0 and 128"),
    "padding and tokens": (
        {"mask": "padding", "padding": 117},
        "padding",
        r"padding \(117\) must be at most 116 beside 12 tokens",
    ),
    "seed": ({"seed": 2**63}, "seed", r"seed \(9223372036854775808\) must be between 0 and 2147483647"),
    "seed -1": ({"seed": -1}, "seed", r"seed \(-1\) must be between 0 and"),
    "temperature 0": ({"temperature": 0}, "temperature", r"temperature \(0\) must be between 0.05 and 10.0"),
    "temperature NaN": ({"temperature": math.nan}, "temperature", r"temperature \(nan\) must be between"),
    "temperature text": ({"temperature": "1"}, "temperature", r"temperature \('1'\) must be a number"),
    "dropout": ({"dropout": 1.0}, "dropout", r"dropout \(1.0\) must be between 0.0 and 0.9"),
    "dropout inf": ({"dropout": math.inf}, "dropout", r"dropout \(inf\) must be between"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_out_of_bounds_is_refused_by_field_and_value(name: str) -> None:
    fields, field, message = REFUSALS[name]
    with pytest.raises(SpecError, match=f"^{message}") as refusal:
        spec(**fields)
    assert refusal.value.field == field
    assert field in {known.name for known in dataclasses.fields(AttentionSpec)}


@pytest.mark.parametrize(
    "fields",
    [
        {"tokens": ("a",) * 128},
        {"tokens": ("\ud800", "\0", "\u202e")},
        {"num_heads": 16, "d_model": 256},
        {"num_heads": 1, "d_model": 1},
        {"num_heads": 7, "d_model": 64, "head_dim": 128, "value_dim": 128},
        {"temperature": 1, "dropout": 0},
        {"mask": "padding", "padding": 116},
    ],
    ids=str,
)
def test_the_bounds_themselves_are_allowed(fields: dict[str, Any]) -> None:
    spec(**fields)
