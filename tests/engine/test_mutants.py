"""Engines broken on purpose: for each, the law that notices. And no law without an engine that breaks it.

A mutant replaces one function of the engine by a wrong one, for the length of a test.
"""

import dataclasses
import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine import attention_output
from tests.engine import laws, reference, test_attention, test_edits, test_trace, test_variants
from tests.engine.analysis import test_measures
from tests.engine.choices import test_masks, test_positions
from tests.engine.reference import CPU
from tests.engine.test_laws import traced, traced_layer

# `attnlab.engine.attention` and `.trace` are functions to whoever asks the package; these are their modules.
attention = importlib.import_module("attnlab.engine.attention")
multihead = importlib.import_module("attnlab.engine.multihead")
measures = importlib.import_module("attnlab.engine.analysis.measures")
masks = importlib.import_module("attnlab.engine.choices.masks")
positions = importlib.import_module("attnlab.engine.choices.positions")
spec_masks = importlib.import_module("attnlab.engine.choices.spec_masks")
trace = importlib.import_module("attnlab.engine.trace")
variants = importlib.import_module("attnlab.engine.variants")

Function = Callable[..., Any]


@dataclass(frozen=True)
class Mutant:
    """`wrong` is given the right function and takes its place at `module.name`; `notices` must fail then."""

    broken: str
    module: Any
    name: str
    wrong: Callable[[Function], Any]
    notices: tuple[Function, ...]


# --- wrong scores and weights -----------------------------------------------------------------------------------------


def unmasked(right: Function, query: Tensor, key: Tensor, mask: Tensor, *rest: Any) -> Tensor:
    return right(query, key, None, *rest)


def mask_after_softmax(right: Function) -> Function:
    def wrong(query: Tensor, key: Tensor, mask: Tensor | None, *rest: Any) -> Tensor:
        weights = right(query, key, None, *rest)
        return weights if mask is None else weights.masked_fill(~mask, 0.0)

    return wrong


def mask_after_softmax_made_up_for(right: Function) -> Function:
    def wrong(*arguments: Any) -> Tensor:
        weights = mask_after_softmax(right)(*arguments)
        return weights / weights.sum(-1, keepdim=True).clamp(min=1e-300)

    return wrong


def softmax_over(axis: int) -> Callable[[Function], Function]:
    def wrong_softmax(logits: Tensor, *, dim: int, out: Tensor | None = None) -> Tensor:
        return logits.softmax(axis)

    return lambda right: torch_with(softmax=wrong_softmax)


def torch_with(**functions: Any) -> SimpleNamespace:
    return SimpleNamespace(**(vars(torch) | functions))


def softmax_without_maximum(logits: Tensor, *, dim: int, out: Tensor | None = None) -> Tensor:
    return logits.exp() / logits.exp().sum(dim, keepdim=True)


def exponential_alone(logits: Tensor, *, dim: int, out: Tensor | None = None) -> Tensor:
    return logits.exp()


def sigmoid_shares(logits: Tensor, *, dim: int, out: Tensor | None = None) -> Tensor:
    return logits.sigmoid() / logits.sigmoid().sum(dim, keepdim=True)


def additive_mask(right: Function) -> Function:
    return lambda scores, mask: scores if mask is None else scores + torch.where(mask, 0.0, -math.inf)


def large_negative_mask(right: Function) -> Function:
    return lambda scores, mask: scores if mask is None else scores.masked_fill(~mask, -1e4)


def favours_late_keys(right: Function) -> Function:
    def wrong(*arguments: Any, **options: Any) -> Tensor:
        scores = right(*arguments, **options)
        return scores + 0.1 * torch.arange(scores.shape[-1])

    return wrong


def knows_where_it_stands(right: Function) -> Function:
    def wrong(*arguments: Any, **options: Any) -> Tensor:
        scores = right(*arguments, **options)
        return scores * (1 + torch.arange(scores.shape[-2]))[:, None]

    return wrong


def empty_rows_left_as_they_are(right: Function) -> Function:
    def wrong(query: Tensor, key: Tensor, mask: Tensor | None, bias: Tensor | None, scale: float, _: float) -> Tensor:
        return attention._masked(attention._scores(query, key, bias, scale), mask).softmax(-1)

    return wrong


def no_gradient_to_the_scores(right: Function) -> Function:
    return lambda *arguments: right(*arguments).detach()


WEIGHTS = (
    Mutant(
        "no scale",
        attention,
        "_scores",
        lambda right: lambda q, k, bias=None, scale=1.0: right(q, k, bias),
        (laws.equals_the_naive_loop, laws.layer_equals_the_naive_loop, test_attention.test_two_keys_worked_by_hand),
    ),
    Mutant(
        "scale twice",
        attention,
        "_scores",
        lambda right: lambda q, k, bias=None, scale=1.0: right(q, k, bias, scale**2),
        (laws.equals_the_naive_loop, laws.layer_equals_the_naive_loop),
    ),
    Mutant(
        "bias scaled too",
        attention,
        "_scores",
        lambda right: lambda q, k, bias=None, scale=1.0: right(q, k, None if bias is None else bias * scale, scale),
        (laws.equals_the_naive_loop,),
    ),
    Mutant("mask after softmax", attention, "_weights", mask_after_softmax, (laws.rows_sum_to_one,)),
    Mutant(
        "mask after softmax, made up for",
        attention,
        "_weights",
        mask_after_softmax_made_up_for,
        (laws.what_is_masked_never_leaks, laws.the_future_cannot_change_the_past, laws.a_layer_has_no_future),
    ),
    Mutant(
        "mask forgotten",
        attention,
        "_weights",
        lambda right: lambda *arguments: unmasked(right, *arguments),
        (laws.the_present_is_seen, laws.no_gradient_reaches_the_future, laws.padding_is_as_good_as_absent),
    ),
    Mutant(
        "mask added: NaN stays NaN",
        attention,
        "_masked",
        additive_mask,
        (laws.what_is_masked_never_leaks, laws.the_future_cannot_change_the_past),
    ),
    Mutant("mask of -10000", attention, "_masked", large_negative_mask, (laws.hot_is_uniform,)),
    Mutant(
        "mask the wrong way round",
        attention,
        "_masked",
        lambda right: lambda scores, mask: right(scores, None if mask is None else ~mask),
        (laws.equals_the_naive_loop, laws.what_is_masked_never_leaks, laws.padding_is_as_good_as_absent),
    ),
    Mutant(
        "softmax over queries",
        attention,
        "torch",
        softmax_over(-2),
        (laws.rows_sum_to_one, laws.one_key_gets_all_the_weight),
    ),
    Mutant("softmax over heads", attention, "torch", softmax_over(1), (laws.a_head_is_alone,)),
    Mutant("softmax over the batch", attention, "torch", softmax_over(0), (laws.a_batch_element_is_alone,)),
    Mutant(
        "softmax that overflows",
        attention,
        "torch",
        lambda right: torch_with(softmax=softmax_without_maximum),
        (laws.huge_logits_stay_finite,),
    ),
    Mutant(
        "softmax not normalised",
        attention,
        "torch",
        lambda right: torch_with(softmax=exponential_alone),
        (laws.the_output_lies_between_the_values, laws.one_key_gets_all_the_weight, laws.rows_sum_to_one),
    ),
    Mutant(
        "sigmoid for softmax",
        attention,
        "torch",
        lambda right: torch_with(softmax=sigmoid_shares),
        (laws.adding_a_number_to_a_row_of_scores_changes_nothing, laws.equals_the_naive_loop),
    ),
    Mutant(
        "positions that sneak into the keys",
        attention,
        "_scores",
        favours_late_keys,
        (
            laws.the_order_of_keys_does_not_matter,
            laws.equal_keys_share_equally,
            laws.without_positions_order_means_nothing,
        ),
    ),
    Mutant(
        "positions that sneak into the queries",
        attention,
        "_scores",
        knows_where_it_stands,
        (laws.permuting_queries_permutes_the_output,),
    ),
    Mutant("empty rows left NaN", attention, "_weights", empty_rows_left_as_they_are, (laws.an_empty_row_is_zeros,)),
    Mutant(
        "temperature multiplied",
        attention,
        "_tempered",
        lambda right: lambda logits, temperature: logits * temperature,
        (laws.cold_is_argmax, laws.hot_is_uniform, test_attention.test_temperature_two_takes_the_root_of_the_odds),
    ),
    Mutant(
        "temperature forgotten",
        attention,
        "_tempered",
        lambda right: lambda logits, temperature: logits,
        (laws.cold_is_argmax, laws.hot_is_uniform, laws.equals_the_naive_loop),
    ),
    Mutant(
        "temperature that overflows",
        attention,
        "_tempered",
        lambda right: lambda logits, temperature: logits / temperature,
        (laws.cold_is_argmax, laws.hot_is_uniform),
    ),
    Mutant(
        "no gradient through the softmax",
        attention,
        "_weights",
        no_gradient_to_the_scores,
        (laws.no_gradient_reaches_the_future,),
    ),
)


# --- wrong sums, heads and dropout ------------------------------------------------------------------------------------


def groups_interleaved(right: Function) -> Function:
    return lambda shared, num_heads: shared.repeat(1, num_heads // shared.shape[1], 1, 1)


def values_of_the_batch_mixed(right: Function) -> Function:
    return lambda weights, value, mask: right(weights, value.mean(0, keepdim=True).expand_as(value), mask)


def values_of_the_next_head(right: Function) -> Function:
    return lambda weights, value, mask: right(weights, value.roll(1, dims=1), mask)


OUTPUTS = (
    Mutant(
        "key/value groups interleaved instead of repeated",
        attention,
        "per_query_head",
        groups_interleaved,
        (laws.each_group_of_heads_shares_one_key_head, laws.layer_equals_the_naive_loop),
    ),
    Mutant(
        "0 * NaN",
        attention,
        "weighted_sum",
        lambda right: lambda weights, value, mask: weights @ value,
        (laws.what_is_masked_never_leaks, laws.what_some_queries_see_does_not_leak_to_others),
    ),
    Mutant(
        "NaN hidden from those who see it",
        attention,
        "weighted_sum",
        lambda right: lambda weights, value, mask: weights @ value.nan_to_num(),
        (laws.what_some_queries_see_does_not_leak_to_others, laws.a_head_is_alone),
    ),
    Mutant(
        "values off by one",
        attention,
        "weighted_sum",
        lambda right: lambda weights, value, mask: right(weights, value.roll(1, dims=2), mask),
        (laws.the_present_is_seen, laws.the_future_cannot_change_the_past, laws.the_output_lies_between_the_values),
    ),
    Mutant(
        "values grown",
        attention,
        "weighted_sum",
        lambda right: lambda weights, value, mask: 1.5 * right(weights, value, mask),
        (laws.the_output_lies_between_the_values, laws.one_key_gets_all_the_weight),
    ),
    Mutant(
        "values squashed",
        attention,
        "weighted_sum",
        lambda right: lambda weights, value, mask: right(weights, value.tanh(), mask),
        (laws.the_output_is_linear_in_the_values,),
    ),
    Mutant(
        "values of the whole batch",
        attention,
        "weighted_sum",
        values_of_the_batch_mixed,
        (laws.a_batch_element_is_alone,),
    ),
    Mutant("values of the next head", attention, "weighted_sum", values_of_the_next_head, (laws.a_head_is_alone,)),
    Mutant(
        "dropout not rescaled",
        attention,
        "dropped",
        lambda right: lambda weights, share, mask: weights if mask is None else weights * mask,
        (test_attention.test_dropout_is_a_visible_mask_that_keeps_the_sum_on_average,),
    ),
    Mutant(
        "dropout keeps what it should drop",
        attention,
        "drawn_dropout",
        lambda right: lambda *arguments: None if right(*arguments) is None else ~right(*arguments),
        (test_attention.test_dropout_is_a_visible_mask_that_keeps_the_sum_on_average,),
    ),
    Mutant(
        "dropout without its seed",
        attention,
        "drawn_dropout",
        lambda right: lambda weights, share, generator: right(weights, share, None),
        (test_attention.test_the_same_seed_drops_the_same_weights, test_trace.test_the_device_makes_no_other_numbers),
    ),
)


# --- wrong layers -----------------------------------------------------------------------------------------------------


def turns(query_only: bool = False, sign: float = 1.0) -> Callable[[Function], Function]:
    def mutate(right: Function) -> Function:
        calls = []

        def wrong(vectors: Tensor, angles: Tensor) -> Tensor:
            calls.append(1)
            is_key = len(calls) % 2 == 0
            if not is_key:
                return right(vectors, angles)
            return vectors if query_only else right(vectors, sign * angles)

        return wrong

    return mutate


LAYERS = (
    Mutant(
        "heads merged in the wrong order",
        multihead,
        "merge_heads",
        lambda right: lambda heads: right(heads.flip(1)),
        (laws.layer_equals_the_naive_loop,),
    ),
    Mutant(
        "heads merged without transposing",
        multihead,
        "merge_heads",
        lambda right: lambda heads: heads.reshape(heads.shape[0], heads.shape[2], -1),
        (laws.layer_equals_the_naive_loop, laws.a_layer_has_no_future, laws.without_positions_order_means_nothing),
    ),
    Mutant(
        "heads split without transposing",
        multihead,
        "split_heads",
        lambda right: lambda stream, heads: stream.reshape(stream.shape[0], heads, stream.shape[1], -1),
        (laws.layer_equals_the_naive_loop, laws.a_layer_has_no_future),
    ),
    Mutant(
        "heads split with the coordinates of a head apart",
        multihead,
        "split_heads",
        lambda right: lambda stream, heads: stream.unflatten(-1, (-1, heads)).permute(0, 3, 1, 2),
        (laws.layer_equals_the_naive_loop,),
    ),
    Mutant(
        "RoPE forgotten",
        multihead,
        "rotate",
        lambda right: lambda vectors, angles: vectors,
        (laws.with_positions_order_means_something, laws.rope_knows_distances_only),
    ),
    Mutant(
        "RoPE turns the queries only", multihead, "rotate", turns(query_only=True), (laws.rope_knows_distances_only,)
    ),
    Mutant(
        "RoPE turns the keys the wrong way", multihead, "rotate", turns(sign=-1.0), (laws.rope_knows_distances_only,)
    ),
)

# --- wrong masks and positions, as the laws and the tables use them ---------------------------------------------------

HELPERS = (
    Mutant(
        "diagonal off by one: the next token is seen",
        laws,
        "causal_mask",
        lambda right: lambda *sizes, device=CPU: right(*sizes, offset=1, device=device),
        (
            laws.the_future_cannot_change_the_past,
            laws.the_present_is_seen,
            laws.no_gradient_reaches_the_future,
            laws.a_layer_has_no_future,
        ),
    ),
    Mutant(
        "diagonal off by one: a token does not see itself",
        laws,
        "causal_mask",
        lambda right: lambda *sizes, device=CPU: right(*sizes, offset=-1, device=device),
        (laws.the_present_is_seen, laws.an_empty_row_is_zeros),
    ),
    Mutant(
        "padding seen, words hidden",
        laws,
        "padding_mask",
        lambda right: lambda is_padding: ~right(is_padding),
        (laws.padding_is_as_good_as_absent, laws.an_empty_row_is_zeros),
    ),
    Mutant(
        "causal the wrong way round",
        test_masks,
        "causal_mask",
        lambda right: lambda T, S=None, offset=0: ~right(T, S, offset=offset),
        (test_masks.test_causal_masks_as_drawn, test_masks.test_causal_at_the_start_is_torchs_is_causal),
    ),
    Mutant(
        "causal always aligned at the end",
        test_masks,
        "causal_mask",
        lambda right: lambda T, S=None, offset=0: right(T, S, offset=(S or T) - T),
        (test_masks.test_causal_masks_as_drawn, test_masks.test_causal_at_the_start_is_torchs_is_causal),
    ),
    Mutant(
        "window one too wide",
        test_masks,
        "window_mask",
        lambda right: lambda *sizes, window, offset=0: right(*sizes, window=window + 1, offset=offset),
        (test_masks.test_windows_as_drawn, test_masks.test_a_window_of_one_sees_only_itself),
    ),
    Mutant(
        "padding hides queries",
        test_masks,
        "padding_mask",
        lambda right: lambda is_padding: right(is_padding).transpose(-2, -1),
        (test_masks.test_causal_and_left_padding_compose_to_empty_rows,),
    ),
    Mutant(
        "all_of is any_of",
        test_masks,
        "all_of",
        lambda right: test_masks.any_of,
        (test_masks.test_all_of_and_any_of_are_and_and_or,),
    ),
    Mutant(
        "entropy in nats",
        test_measures,
        "row_entropy_bits",
        lambda right: lambda weights: right(weights) * math.log(2),
        (test_measures.test_entropy_in_bits_and_effective_tokens_worked_by_hand,),
    ),
    Mutant(
        "entropy in nats, in a head's measures",
        measures,
        "row_entropy_bits",
        lambda right: lambda weights: right(weights) * math.log(2),
        (test_measures.test_entropy_in_bits_and_effective_tokens_worked_by_hand,),
    ),
    Mutant(
        "previous is next",
        measures,
        "OFFSETS",
        lambda right: {name: -offset for name, offset in right.items()},
        (test_measures.test_shares_worked_by_hand, test_measures.test_heads_are_measured_one_by_one),
    ),
    Mutant(
        "rows that see nothing are counted",
        measures,
        "_mean",
        lambda right: lambda rows, counted: (rows * counted).sum(-1) / counted.shape[-1],
        (test_measures.test_rows_that_see_nothing_are_left_out, test_measures.test_shares_worked_by_hand),
    ),
    Mutant(
        "padding on the other side",
        spec_masks,
        "padding_mask",
        lambda right: lambda is_padding: right(is_padding.flip(0)),
        (test_trace.test_padding_changes_nothing_for_the_words,),
    ),
    Mutant(
        "soft-cap forgotten",
        variants,
        "_capped",
        lambda right: lambda scores, softcap: scores,
        (lambda: test_variants.test_a_variant_is_the_loop_over_scalars("softcap"),),
    ),
    Mutant(
        "soft-cap without its size",
        variants,
        "_capped",
        lambda right: lambda scores, softcap: scores if softcap is None else torch.tanh(scores / softcap),
        (lambda: test_variants.test_a_variant_is_the_loop_over_scalars("softcap"),),
    ),
    Mutant(
        "temperature after the normalizer",
        variants,
        "_tempered",
        lambda right: lambda logits, temperature: logits,
        (lambda: test_variants.test_a_variant_is_the_loop_over_scalars("normalizer sparsemax"),),
    ),
    Mutant(
        "Shaw's distance the wrong way round",
        variants,
        "shaw_scores",
        lambda right: lambda query, table, num_keys: right(query, table.flip(0), num_keys),
        (lambda: test_variants.test_a_variant_is_the_loop_over_scalars("shaw"),),
    ),
    Mutant(
        "an edit in the next head",
        trace,
        "with_cells_set",
        lambda right: (
            lambda tensor, edits, *heads: right(
                tensor, [dataclasses.replace(edit, head=(edit.head + 1) % 6) for edit in edits], *heads
            )
        ),
        (lambda: test_edits.test_an_edit_of_one_head_leaves_the_others_alone("scores"),),
    ),
    Mutant(
        "an edit transposed",
        trace,
        "with_cells_set",
        lambda right: (
            lambda tensor, edits, *heads: right(
                tensor, [dataclasses.replace(edit, row=edit.col, col=edit.row) for edit in edits], *heads
            )
        ),
        (test_edits.test_a_score_set_by_hand_gives_the_softmax_of_that_row,),
    ),
    Mutant(
        "importance without its logarithm",
        trace,
        "_prior",
        lambda right: lambda importance: torch.tensor(importance, dtype=torch.float64),
        (test_edits.test_importance_multiplies_what_the_softmax_weighs,),
    ),
    Mutant(
        "a head switched off too late",
        trace,
        "heads_off",
        lambda right: lambda edits: frozenset(),
        (test_edits.test_a_head_switched_off_adds_nothing_to_the_output,),
    ),
    Mutant(
        "swapped tokens forgotten",
        trace,
        "swapped",
        lambda right: lambda tokens, edits: tuple(tokens),
        (test_edits.test_swapped_tokens_are_the_sentence_with_these_words_exchanged,),
    ),
    Mutant(
        "ALiBi forgotten",
        trace,
        "alibi_bias",
        lambda right: lambda *sizes: 0 * right(*sizes),
        (lambda: test_trace.test_every_stage_recombines_to_the_next("alibi", "none", 4, "cpu"),),
    ),
    Mutant(
        "learned rows in one draw",
        test_positions,
        "learned_positions",
        lambda right: lambda length, d_model, seed: reference.normal(length, d_model, seed=seed),
        (test_positions.test_a_longer_sentence_keeps_the_learned_rows_it_had,),
    ),
)

MUTANTS = (*WEIGHTS, *OUTPUTS, *LAYERS, *HELPERS)
CASES = [(mutant, notices) for mutant in MUTANTS for notices in mutant.notices]


def check(notices: Function, attend: Function = traced, layer: Function = traced_layer) -> None:
    if notices in laws.ATTENTION_LAWS:
        notices(attend, CPU)
    elif notices in laws.LAYER_LAWS:
        notices(layer, CPU)
    else:
        notices()


def named(value: object) -> str:
    return value.broken if isinstance(value, Mutant) else getattr(value, "__name__", "")


@pytest.mark.parametrize(("mutant", "notices"), CASES, ids=named)
def test_a_broken_engine_is_noticed(mutant: Mutant, notices: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    check(notices)  # with the engine whole
    monkeypatch.setattr(mutant.module, mutant.name, mutant.wrong(getattr(mutant.module, mutant.name)))
    with pytest.raises(AssertionError):
        check(notices)


@pytest.mark.parametrize("law", [*laws.ATTENTION_LAWS, *laws.LAYER_LAWS], ids=named)
def test_every_law_has_a_mutant_that_breaks_it(law: Function) -> None:
    breaking = {notices for mutant in MUTANTS for notices in mutant.notices} | {law for _, _, law in FUSED}
    assert law in breaking


# --- the fused path ---------------------------------------------------------------------------------------------------


def keys_for_values(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> Tensor:
    return attention_output(query, value, key, **options)


def temperature_inverted(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> Tensor:
    return attention_output(query, key, value, **options | {"temperature": 1 / options.get("temperature", 1.0)})


def as_torch_has_it(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, bias: Tensor | None = None
) -> Tensor:
    return F.scaled_dot_product_attention(query, key, value, mask if bias is None else bias)


def groups_in_turn(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    repeats = query.shape[1] // key.shape[1]
    return attention_output(query, key.repeat(1, repeats, 1, 1), value.repeat(1, repeats, 1, 1))


FUSED: tuple[tuple[str, Function, Function], ...] = (
    ("keys for values", keys_for_values, laws.the_output_is_linear_in_the_values),
    ("temperature inverted", temperature_inverted, laws.cold_is_argmax),
    ("temperature inverted", temperature_inverted, laws.hot_is_uniform),
    ("torch's kernel alone", as_torch_has_it, laws.what_is_masked_never_leaks),
    ("torch's kernel alone", as_torch_has_it, laws.the_future_cannot_change_the_past),
    ("torch's kernel alone", as_torch_has_it, laws.what_some_queries_see_does_not_leak_to_others),
    ("groups interleaved", groups_in_turn, laws.each_group_of_heads_shares_one_key_head),
)


@pytest.mark.parametrize(("broken", "attend", "law"), FUSED, ids=named)
def test_a_broken_fused_path_is_noticed(broken: str, attend: Function, law: Function) -> None:
    law(attention_output, CPU)
    with pytest.raises(AssertionError):
        law(attend, CPU)


# --- RoPE and ALiBi as functions --------------------------------------------------------------------------------------


def clockwise(vectors: Tensor, angles: Tensor) -> Tensor:
    return positions.rotate(vectors, -angles)


def pairs_half_a_head_apart(vectors: Tensor, angles: Tensor) -> Tensor:
    half = angles.shape[-1]
    first, second, rest = vectors[..., :half], vectors[..., half : 2 * half], vectors[..., 2 * half :]
    cosine, sine = angles.cos(), angles.sin()
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine, rest], dim=-1)


def without_the_minus(vectors: Tensor, angles: Tensor) -> Tensor:
    even, odd, rest = vectors[..., :-1:2], vectors[..., 1::2], vectors[..., 2 * angles.shape[-1] :]
    even = even[..., : odd.shape[-1]]
    cosine, sine = angles.cos(), angles.sin()
    turned = torch.stack([even * cosine + odd * sine, even * sine + odd * cosine], dim=-1).flatten(-2)
    return torch.cat([turned, rest], dim=-1)


def added(vectors: Tensor, angles: Tensor) -> Tensor:
    return vectors + positions.sinusoidal_positions(vectors.shape[-2], vectors.shape[-1])


ROPES: tuple[tuple[str, Function, Function], ...] = (
    ("the wrong way", clockwise, test_positions.rope_multiplies_by_a_unit_complex_number),
    ("other pairs", pairs_half_a_head_apart, test_positions.rope_multiplies_by_a_unit_complex_number),
    ("not a rotation", without_the_minus, test_positions.rope_keeps_lengths),
    ("not a rotation", without_the_minus, test_positions.rope_scores_depend_on_the_distance_alone),
    ("added", added, test_positions.rope_scores_depend_on_the_distance_alone),
    ("nothing", lambda vectors, angles: vectors, test_positions.rope_scores_depend_on_the_distance_alone),
)


@pytest.mark.parametrize(("broken", "rotate", "law"), ROPES, ids=named)
def test_a_broken_rope_is_noticed(broken: str, rotate: Function, law: Function) -> None:
    with pytest.raises(AssertionError):
        law(rotate)


def halves_off_by_one(num_heads: int) -> tuple[float, ...]:
    return tuple(2.0 ** (-8 * head / num_heads) for head in range(num_heads))


def one_formula_for_any_number(num_heads: int) -> tuple[float, ...]:
    return tuple(2.0 ** (-8 * (head + 1) / num_heads) for head in range(num_heads))


def rewards_distance(*sizes: int) -> Tensor:
    return -positions.alibi_bias(*sizes)


def past_only(num_heads: int, num_queries: int, num_keys: int) -> Tensor:
    away = torch.arange(num_queries)[:, None] - torch.arange(num_keys)
    return -torch.tensor(positions.alibi_slopes(num_heads)).double()[:, None, None] * away


ALIBIS: tuple[tuple[str, Function, Function], ...] = (
    ("slopes off by one", halves_off_by_one, test_positions.alibi_slopes_are_those_of_the_paper),
    ("no power of two", one_formula_for_any_number, test_positions.alibi_fills_up_as_the_authors_do),
    ("rewards distance", rewards_distance, test_positions.alibi_punishes_distance),
    ("rewards the future", past_only, test_positions.alibi_punishes_distance),
)


@pytest.mark.parametrize(("broken", "alibi", "law"), ALIBIS, ids=named)
def test_a_broken_alibi_is_noticed(broken: str, alibi: Function, law: Function) -> None:
    with pytest.raises(AssertionError):
        law(alibi)
