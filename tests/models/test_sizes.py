import math
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from attnlab.models import (
    FAMILIES,
    SequenceModel,
    body_parameters,
    count_parameters,
    describe,
    levels_to_reach,
    matched_width,
    reach,
    receptive_field,
    state_size,
)
from tests.models.reference import config
from tests.products import alike

TRANSFORMER_25K = 25_472  # 2 layers, d = 32, feed-forward 4 d, and the norm before the head


def contender(family: str, *, causal: bool = True, **changes: Any) -> Any:
    layers = 6 if family == "tcn" else 2
    return config(family, **{"causal": causal, "num_layers": layers, "num_heads": 4, "d_model": 32} | changes)


# --- counting ---------------------------------------------------------------------------------------------------------


def test_parameters_of_a_transformer_are_what_the_formula_says() -> None:
    d = 32
    attention, feed_forward, norm = 4 * d * d + 4 * d, 8 * d * d + 5 * d, 2 * d
    assert count_parameters(contender("transformer")) == (
        2 * (attention + feed_forward + 2 * norm) + norm,
        TRANSFORMER_25K + 11 * d + 5 * (d + 1),
    )
    assert count_parameters(contender("transformer"))[0] == TRANSFORMER_25K


@pytest.mark.parametrize(
    ("family", "causal", "mixer"),
    [
        ("lstm", True, lambda d: 4 * (2 * d * d + 2 * d)),  # two biases a gate, as torch has them
        ("gru", True, lambda d: 3 * (2 * d * d + 2 * d)),
        ("rnn", True, lambda d: 2 * d * d + 2 * d),
        ("lstm", False, lambda d: 2 * 4 * (d * d // 2 + d * d // 4 + d)),
        ("tcn", True, lambda d: 2 * (3 * d * d + d)),
        ("lstm_attention", True, lambda d: 8 * d * d + 8 * d + 4 * d * d + 4 * d),
        ("window_attention", True, lambda d: 4 * d * d + 4 * d),
        ("linear_attention", True, lambda d: 4 * d * d + 4 * d),
    ],
)
def test_parameters_of_a_mixer_are_what_the_formula_says(family: str, causal: bool, mixer: Any) -> None:
    d, layers = 21 if causal else 20, 3  # two directions halve it, three heads divide it
    norms = (layers + 1) * 2 * d
    sizes = config(family, causal=causal, ff_multiple=None, d_model=d, num_layers=layers)
    assert count_parameters(sizes)[0] == layers * mixer(d) + norms


@pytest.mark.parametrize("act", alike(["SequenceModel", "count_parameters"], 1))
def test_a_new_model_leaves_the_compiler_of_torch_where_it_is(act: str) -> None:
    made = f"from attnlab.models import *; {act}(ModelConfig(family='transformer', vocab_size=9, num_outputs=9))"
    code = f"import sys; {made}; print('torch._dynamo' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_body_is_the_model_less_embedding_and_head(family: str) -> None:
    sizes = config(family, positions="learned", trailing_blanks=True)
    model = SequenceModel(sizes)
    ends = [model.embedding, model.positions, model.blank, model.head]
    outside = sum(weight.numel() for part in ends if part is not None for weight in part.parameters())
    total = sum(weight.numel() for weight in model.parameters())
    assert body_parameters(model) == total - outside
    assert count_parameters(sizes) == (total - outside, total)


# --- matching ---------------------------------------------------------------------------------------------------------

MATCHED = {  # (family, causal, feed-forward): width, body parameters
    ("transformer", True, 4): (32, 25_472),
    ("lstm", True, 4): (28, 26_096),
    ("gru", True, 4): (30, 26_160),
    ("rnn", True, 4): (35, 25_340),
    ("tcn", True, 4): (17, 25_432),
    ("lstm_attention", True, 4): (25, 26_100),
    ("window_attention", True, 4): (32, 25_472),
    ("linear_attention", True, 4): (32, 25_472),
    ("transformer", False, 4): (32, 25_472),
    ("lstm", False, 4): (30, 26_280),
    ("gru", False, 4): (32, 26_624),
    ("rnn", False, 4): (36, 25_488),
    ("tcn", False, 4): (17, 25_432),
    ("lstm_attention", False, 4): (26, 25_480),
    ("window_attention", False, 4): (32, 25_472),
    ("linear_attention", False, 4): (32, 25_472),
    ("transformer", True, None): (56, 25_872),
    ("lstm", True, None): (39, 25_194),
    ("gru", True, None): (45, 25_110),
    ("rnn", True, None): (79, 25_754),
    ("tcn", True, None): (26, 25_012),
    ("lstm_attention", True, None): (32, 25_536),
    ("window_attention", True, None): (56, 25_872),
    ("linear_attention", True, None): (56, 25_872),
}


@pytest.mark.parametrize(("family", "causal", "ff_multiple"), MATCHED)
def test_all_families_match_a_transformer_of_25k(family: str, causal: bool, ff_multiple: int | None) -> None:
    matched = matched_width(contender(family, causal=causal, ff_multiple=ff_multiple), TRANSFORMER_25K)
    body = body_parameters(SequenceModel(matched))
    assert abs(body / TRANSFORMER_25K - 1) <= 0.05
    assert (matched.d_model, body) == MATCHED[family, causal, ff_multiple]
    assert matched.ff_multiple == ff_multiple  # found by the width alone


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("ff_multiple", [2, 4])
def test_with_a_feed_forward_part_every_family_meets_every_budget(family: str, causal: bool, ff_multiple: int) -> None:
    start = contender(family, causal=causal, ff_multiple=ff_multiple)
    for budget in (2_503, 8_609, 40_009):
        matched = matched_width(start, budget)
        assert abs(count_parameters(matched)[0] / budget - 1) <= 0.05
        assert ff_multiple / 2 <= matched.ff_multiple <= 2 * ff_multiple
        assert replace(matched, d_model=32, ff_multiple=ff_multiple) == start


def test_the_width_found_is_the_closest_there_is() -> None:
    start = contender("lstm")
    matched = matched_width(start, 20_000)
    misses = {width: abs(count_parameters(replace(start, d_model=width))[0] - 20_000) for width in range(1, 60)}
    assert matched.d_model == min(misses, key=misses.__getitem__)


def test_a_width_fits_heads_directions_and_rotations() -> None:
    assert matched_width(contender("transformer", num_heads=8), 25_000).d_model % 8 == 0
    assert matched_width(contender("gru", causal=False), 25_000).d_model % 2 == 0
    assert matched_width(contender("transformer", positions="rope"), 2_200, tolerance=0.5).head_dim >= 2


def test_a_budget_out_of_reach_is_refused_with_what_is_near() -> None:
    with pytest.raises(
        ValueError, match=r"budget \(12,000 parameters\) must be within 5% .* transformer .* d_model 36"
    ):
        matched_width(contender("transformer", ff_multiple=None), 12_000)
    with pytest.raises(ValueError, match=r"budget \(1 parameters\).*nearest: [\d,]+ at d_model 1$"):
        matched_width(contender("lstm"), 1)
    with pytest.raises(ValueError, match=r"budget \(10\*|budget \(1,0+.*at d_model 512$"):
        matched_width(contender("rnn"), 10**12)


# --- reach and state --------------------------------------------------------------------------------------------------


def test_a_receptive_field_doubles_with_each_level() -> None:
    fields = [receptive_field(config("tcn", num_layers=levels)) for levels in range(1, 7)]
    assert fields == [5, 13, 29, 61, 125, 253]
    assert receptive_field(contender("tcn")) == 1 + 2 * (3 - 1) * (2**6 - 1)
    assert reach(contender("tcn")) == 252
    assert reach(contender("tcn", causal=False)) == 126


def test_a_window_reaches_one_window_a_layer() -> None:
    sizes = config("window_attention", window=5, num_layers=3)
    assert (reach(sizes), receptive_field(sizes)) == (12, 13)
    assert receptive_field(replace(sizes, causal=False)) == 25


@pytest.mark.parametrize("family", [family for family in FAMILIES if family not in {"tcn", "window_attention"}])
def test_only_a_convolution_and_a_window_have_an_end_to_what_they_see(family: str) -> None:
    assert reach(config(family)) is None
    assert receptive_field(config(family)) is None
    assert levels_to_reach(config(family, num_layers=3), 1000).num_layers == 1


@pytest.mark.parametrize(
    ("span", "causal", "levels"),
    [(1, True, 1), (4, True, 1), (5, True, 2), (14, False, 3), (15, False, 4), (252, True, 6), (253, True, 7)],
)
def test_the_fewest_levels_that_reach(span: int, causal: bool, levels: int) -> None:
    assert levels_to_reach(config("tcn", causal=causal), span).num_layers == levels


def test_a_span_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match=r"span \(100000\) must be at most 16380, the reach of 12 layers of tcn"):
        levels_to_reach(config("tcn"), 100_000)


def test_what_must_be_remembered() -> None:
    d, layers = 12, 2
    assert state_size(config("transformer"), 7) == layers * 2 * d * 7
    assert state_size(config("transformer", num_kv_heads=1), 7) == layers * 2 * (d // 3) * 7
    assert state_size(config("lstm"), 7) == state_size(config("lstm"), 7000) == layers * 2 * d
    assert state_size(config("gru"), 7) == state_size(config("rnn"), 7) == layers * d
    assert state_size(config("lstm_attention"), 7) == layers * (2 * d + 2 * d * 7)
    window = config("window_attention", window=5)  # the next position sees four of those so far
    assert (state_size(window, 3), state_size(window, 7000)) == (layers * 2 * d * 3, layers * 2 * d * 4)
    linear = config("linear_attention", num_heads=3)  # D numbers for each of D values, and D for their sum
    assert state_size(linear, 7) == state_size(linear, 7000) == layers * 3 * (4 * 4 + 4)
    assert state_size(config("linear_attention", num_kv_heads=1), 7) == layers * (4 * 4 + 4)
    assert state_size(config("tcn"), 1000) == 2 * d * (2 + 4)  # two convolutions a level, (k - 1) 2^l inputs each
    assert state_size(config("tcn"), 3) == 2 * d * (2 + 3)
    assert state_size(config("tcn"), 1000) == d * (receptive_field(config("tcn")) - 1)


def test_no_state_replaces_a_sequence_read_from_both_ends() -> None:
    with pytest.raises(ValueError, match=r"causal \(False\) must be True"):
        state_size(config("gru", causal=False), 7)


# --- facts ------------------------------------------------------------------------------------------------------------


def test_the_facts_of_a_contender() -> None:
    facts = describe(contender("tcn", ff_multiple=None, d_model=26), seq_len=100)
    assert facts.body_parameters == 25_012
    assert facts.parameters == 25_012 + 11 * 26 + 5 * 27
    assert (facts.receptive_field, facts.reach, facts.seq_len) == (253, 252, 100)
    assert facts.state_size == 26 * 2 * sum(min(2 * 2**level, 100) for level in range(6))


def test_facts_of_a_model_that_looks_ahead_name_no_state() -> None:
    assert describe(config("lstm", causal=False)).state_size is None


def test_with_blanks_the_state_holds_the_blanks_too() -> None:
    plain, blanks = describe(config(), 7), describe(config(trailing_blanks=True), 7)
    assert blanks.state_size == 2 * plain.state_size


def test_describing_a_large_model_builds_no_weights() -> None:
    facts = describe(config("lstm", d_model=510, num_layers=12, ff_multiple=8))
    assert facts.parameters > 70_000_000
    assert math.isfinite(facts.state_size)
