"""From the values of the controls to the spec, and what of them the link and the stage get to see."""

import dataclasses
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnlab.engine import AttentionSpec, Edit, SpecError
from attnlab.engine.spec import (
    MAX_D_MODEL,
    MAX_DROPOUT,
    MAX_HEAD_DIM,
    MAX_HEADS,
    MAX_SEED,
    MAX_SINK,
    MAX_SOFTCAP,
    MAX_TEMPERATURE,
    MAX_TOKENS,
    MIN_SOFTCAP,
    MIN_TEMPERATURE,
    CombineName,
    DtypeName,
    MaskName,
    NormalizerName,
    PositionsName,
    ScoreName,
    SourceName,
)
from attnlab.settings import carried, drawn, elsewhere
from attnlab.settings.attention import KV_HEADS, STAGES, VIEWS, Explorer, attention_spec, stage_selection
from attnlab.settings.drawn import MOST_EXAMPLES
from attnlab.settings.elsewhere import MAX_LAYERS
from attnlab.text import PAD, TOKENIZERS

DEFAULTS = Explorer().values()

EDITS = st.builds(
    Edit,
    stage=st.sampled_from(("x", "w_key", "query", "scores", "weights")),
    head=st.integers(0, 15),
    row=st.integers(0, 255),
    col=st.integers(0, 255),
    value=st.floats(-1e6, 1e6),
)


def spec_of(**values: Any) -> AttentionSpec:
    return attention_spec(Explorer.of(values))[0]


def spec_or_refusal(values: dict[str, Any]) -> AttentionSpec | SpecError:
    try:
        return attention_spec(Explorer.of(values))[0]
    except SpecError as refusal:
        return refusal


def as_in_link(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_every_setting_has_a_default_and_a_check() -> None:
    assert list(DEFAULTS) == list(Explorer.kinds())


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_link_may_say_the_default(name: str) -> None:
    assert Explorer.kinds()[name].check(as_in_link(DEFAULTS[name])) is None


def test_the_defaults_are_a_spec_of_the_default_sentence() -> None:
    spec, text = attention_spec(Explorer())
    assert spec.tokens == text.tokens
    assert spec.tokens[:3] == ("The", "cat", "sat")
    assert (spec.num_heads, spec.d_model, spec.mask, spec.positions) == (8, 64, "causal", "sinusoidal")


@pytest.mark.parametrize(
    ("setting", "value", "field", "wanted"),
    [
        ("source", "random", "source", "random"),
        ("heads", 4, "num_heads", 4),
        ("kv_heads", "2", "num_kv_heads", 2),
        ("kv_heads", "all", "num_kv_heads", None),
        ("d_model", 32, "d_model", 32),
        ("d_k", 5, "head_dim", 5),
        ("d_v", 7, "value_dim", 7),
        ("positions", "rope", "positions", "rope"),
        ("mask", "window", "mask", "window"),
        ("second_mask", "causal", "second_mask", "causal"),
        ("window", 9, "window", 9),
        ("padding", 11, "padding", 11),
        ("pad_left", True, "pad_left", True),
        ("score", "dot", "score", "dot"),
        ("normalizer", "sigmoid", "normalizer", "sigmoid"),
        ("qk_norm", True, "qk_norm", True),
        ("softcap", 5.0, "softcap", 5.0),
        ("sink", -1.0, "sink", -1.0),
        ("combine", "or", "combine", "or"),
        ("dilation", 3, "dilation", 3),
        ("block", 5, "block", 5),
        ("global_tokens", 2, "global_tokens", 2),
        ("random_blocks", 2, "random_blocks", 2),
        ("prefix", 7, "prefix", 7),
        ("s", carried.encoded((Edit("x", 0, 1, 2, 3.0),)), "edits", (Edit("x", 0, 1, 2, 3.0),)),
        ("temperature", 0.7, "temperature", 0.7),
        ("dropout", 0.3, "dropout", 0.3),
        ("seed", 13, "seed", 13),
        ("dtype", "bfloat16", "dtype", "bfloat16"),
        ("device", "cpu", "device", "cpu"),
    ],
)
def test_a_setting_reaches_its_field_and_no_other(setting: str, value: Any, field: str, wanted: Any) -> None:
    spec = spec_of(**{setting: value})
    assert getattr(spec, field) == wanted
    assert spec == dataclasses.replace(spec_of(), **{field: wanted})


def test_the_tokenizer_cuts_the_sentence() -> None:
    assert spec_of(sentence="a cat", tokenizer="words").tokens == ("a", "cat")
    assert spec_of(sentence="a cat", tokenizer="characters").tokens == ("a", " ", "c", "a", "t")


def test_a_long_sentence_is_cut_and_its_length_told() -> None:
    spec, text = attention_spec(Explorer.of({"sentence": "word " * 200}))
    assert len(spec.tokens) == MAX_TOKENS
    assert text.total == 200


def test_padding_takes_the_room_of_the_last_words() -> None:
    spec = spec_of(sentence="word " * 200, mask="padding", padding=7)
    assert len(spec.tokens) == MAX_TOKENS - 7
    assert spec.seq_len == MAX_TOKENS


def test_padding_under_another_mask_takes_no_room() -> None:
    assert len(spec_of(sentence="word " * 200, mask="causal", padding=7).tokens) == MAX_TOKENS


def test_padding_that_leaves_no_word_is_refused_with_its_range() -> None:
    with pytest.raises(SpecError, match=r"padding.*128") as refused:
        spec_of(sentence="word", mask="padding", padding=MAX_TOKENS)
    assert "padding" in refused.value.field


INVISIBLE = ["", "   ", "\n\t", "\u200b", "\u202e\u2066", "\x00\x1b", "\ufeff", "\ud800"]


@pytest.mark.parametrize("sentence", INVISIBLE, ids=ascii)
def test_a_sentence_without_a_visible_character_is_refused_by_name(sentence: str) -> None:
    with pytest.raises(SpecError, match="sentence") as refused:
        spec_of(sentence=sentence)
    assert refused.value.field == "sentence"


def test_a_refused_sentence_is_quoted_shortly() -> None:
    with pytest.raises(SpecError) as refused:
        spec_of(sentence="\u200b" * 5000)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"heads": 2, "d_model": 7}, r"num_heads \(2\) must divide d_model \(7\)"),
        ({"heads": 8, "kv_heads": "3"}, r"num_kv_heads \(3\) must divide num_heads \(8\)"),
        ({"device": "cuda:99"}, None),  # the engine refuses it when it computes
    ],
)
def test_values_that_do_not_fit_together_are_refused_with_both_named(values: dict[str, Any], said: str | None) -> None:
    if said is None:
        assert spec_of(**values).device == "cuda:99"
        return
    with pytest.raises(SpecError, match=said):
        spec_of(**values)


# --- what the stage looks at ------------------------------------------------------------------------------------------


def test_the_stage_counts_from_zero() -> None:
    selection = stage_selection(Explorer.of({"head": 3, "query": 5, "key": 1}), spec_of())
    assert [selection[name] for name in ("head", "query", "key")] == [2, 4, 0]


def test_zero_chooses_no_token() -> None:
    selection = stage_selection(Explorer.of({"query": 0, "key": 0}), spec_of())
    assert selection["query"] is selection["key"] is None


def test_what_lies_beyond_the_sentence_or_the_heads_is_the_last_there_is() -> None:
    spec = spec_of(sentence="one two three", heads=4)
    selection = stage_selection(Explorer.of({"head": 16, "query": 99, "key": 4}), spec)
    assert [selection[name] for name in ("head", "query", "key")] == [3, 2, 2]


# --- what the link says -----------------------------------------------------------------------------------------------


def test_a_link_says_nothing_about_defaults() -> None:
    assert Explorer().changed() == {}


def test_a_link_says_what_differs_and_that_is_enough() -> None:
    values = Explorer.of({"heads": 4, "d_k": 5, "score": "dot", "query": 0})
    assert values.changed() == {"heads": 4, "d_k": 5, "score": "dot", "query": 0}
    assert Explorer.of(values.changed()) == values


any_values = st.fixed_dictionaries(
    {
        "sentence": st.text(max_size=60),
        "tokenizer": st.sampled_from(tuple(TOKENIZERS)),
        "source": st.sampled_from(get_args(SourceName)),
        "model": st.text(max_size=60),
        "layer": st.integers(1, MAX_LAYERS),
        "example": st.integers(0, MOST_EXAMPLES),
        "drawn": st.lists(st.integers(0, 16), min_size=64, max_size=64).map(lambda cells: drawn.told(3, cells)),
        "heads": st.integers(1, MAX_HEADS),
        "kv_heads": st.sampled_from(KV_HEADS),
        "d_model": st.integers(1, MAX_D_MODEL),
        "d_k": st.none() | st.integers(1, MAX_HEAD_DIM),
        "d_v": st.none() | st.integers(1, MAX_HEAD_DIM),
        "positions": st.sampled_from(get_args(PositionsName)),
        "mask": st.sampled_from(get_args(MaskName)),
        "second_mask": st.sampled_from(get_args(MaskName)),
        "combine": st.sampled_from(get_args(CombineName)),
        "window": st.integers(1, MAX_TOKENS),
        "dilation": st.integers(1, MAX_TOKENS),
        "block": st.integers(1, MAX_TOKENS),
        "global_tokens": st.integers(0, MAX_TOKENS),
        "random_blocks": st.integers(0, MAX_TOKENS),
        "prefix": st.integers(0, MAX_TOKENS),
        "padding": st.integers(0, MAX_TOKENS),
        "pad_left": st.booleans(),
        "score": st.sampled_from(get_args(ScoreName)),
        "qk_norm": st.booleans(),
        "softcap": st.none() | st.floats(MIN_SOFTCAP, MAX_SOFTCAP),
        "normalizer": st.sampled_from(get_args(NormalizerName)),
        "sink": st.none() | st.floats(-MAX_SINK, MAX_SINK),
        "temperature": st.floats(MIN_TEMPERATURE, MAX_TEMPERATURE),
        "dropout": st.floats(0.0, MAX_DROPOUT),
        "seed": st.integers(0, MAX_SEED),
        "dtype": st.sampled_from(get_args(DtypeName)),
        "device": st.just("cpu"),
        "head": st.integers(1, MAX_HEADS),
        "query": st.integers(0, MAX_TOKENS),
        "key": st.integers(0, MAX_TOKENS),
        "stage": st.sampled_from(STAGES),
        "view": st.sampled_from(VIEWS),
        "s": st.lists(EDITS, max_size=4).map(carried.encoded),
        "elsewhere": st.lists(EDITS, max_size=4).map(lambda edits: elsewhere.told(2, {3: tuple(edits)})[1]),
    }
)


@given(any_values)
def test_whatever_the_controls_can_say_is_a_spec_or_a_refusal_that_names_its_field(values: dict[str, Any]) -> None:
    assert set(values) == set(DEFAULTS)
    spec = spec_or_refusal(values)
    if isinstance(spec, SpecError):
        assert spec.field in str(spec)
        return
    assert PAD not in spec.tokens
    assert spec.seq_len <= MAX_TOKENS
    selection = stage_selection(Explorer.of(values), spec)
    assert 0 <= selection["head"] < spec.num_heads
    for name in ("query", "key"):
        assert selection[name] is None or 0 <= selection[name] < spec.seq_len
