"""Experiments by name: each a function of a seed and a size that measures, and knows of no verdict.

A new one is a function and a line here; what it is asked about stands in files (`files.py`).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from attnlab.claims.experiments import costs, depth, formulas, heads, order, races, shipped, weights
from attnlab.claims.measured import Measured, Size

Experiment = Callable[[int, Size], Measured]

EXPERIMENTS: Mapping[str, Experiment] = MappingProxyType(
    {
        "alike_without_residual": depth.alike,
        "cache": order.cache,
        "changed_word": weights.changed_word,
        "cut_heads": shipped.cut_heads,
        "distance": races.distance,
        "dot_and_cosine": weights.dot_and_cosine,
        "explanation": shipped.explanation,
        "feed_forward": races.feed_forward,
        "future": order.future,
        "growth": costs.growth,
        "head_costs": heads.head_costs,
        "heads": races.heads,
        "independence": heads.independence,
        "kernel": weights.kernel,
        "lengths": races.lengths,
        "linear_attention": races.linear,
        "long_sentences": shipped.long_sentences,
        "noise": shipped.noise,
        "norm_place": depth.norm_place,
        "parameters": costs.parameters,
        "patches": races.patches,
        "positions": races.positions,
        "related_words": shipped.related_words,
        "row_sums": weights.row_sums,
        "scaling": weights.scaling,
        "symmetry": weights.symmetry,
        "temperature": weights.temperature,
        "trained_scaling": races.scaling,
        "who_is_heard": depth.who_is_heard,
        "widths": races.widths,
        "window": costs.window,
        "word_order": order.word_order,
        "zero_weights": weights.zero_weights,
        # Formulas that were printed wrong, beside the right ones.
        "batch_for_time": formulas.batch_for_time,
        "diagonal_mask": formulas.diagonal_mask,
        "feed_forward_twice": formulas.feed_forward_twice,
        "inputs_for_values": formulas.inputs_for_values,
        "keys_of_the_decoder": formulas.keys_of_the_decoder,
        "large_negative": formulas.large_negative,
        "mask_behind": formulas.mask_behind,
        "matrix_a_place": formulas.matrix_a_place,
        "no_softmax": formulas.no_softmax,
        "weight_on_the_left": formulas.weight_on_the_left,
        "whole_width": formulas.whole_width,
        "wrong_axis": formulas.wrong_axis,
    }
)
