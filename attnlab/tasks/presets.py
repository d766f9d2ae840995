"""The sizes each task is offered at.

"live" learns within a minute on two cores; "published" has the sizes of its source; "example" fits one line.
"""

from collections.abc import Mapping

from attnlab.tasks.base import Kind

Sizes = Mapping[str, int]

PRESETS: Mapping[str, Mapping[str, Sizes]] = {
    "reverse": {
        "live": {"num_symbols": 10, "length": 16},
        "published": {"num_symbols": 10, "length": 16},
        "example": {"num_symbols": 10, "length": 6},
    },
    "copy_memory": {
        "live": {"blanks": 50, "num_recalled": 10, "num_symbols": 8},
        "published": {"blanks": 200, "num_recalled": 10, "num_symbols": 8},
        "published_1000": {"blanks": 1000, "num_recalled": 10, "num_symbols": 8},
        "example": {"blanks": 5, "num_recalled": 3, "num_symbols": 8},
    },
    "markov_chain": {
        "live": {"num_states": 2, "length": 100},
        "published": {"num_states": 2, "length": 100},
        "example": {"num_states": 2, "length": 12},
    },
    "mqar": {
        "live": {"vocab_size": 64, "length": 32, "num_pairs": 4},
        "published": {"vocab_size": 8192, "length": 128, "num_pairs": 8},
        "example": {"vocab_size": 16, "length": 12, "num_pairs": 3},
    },
    "selective_copying": {
        "live": {"context": 28, "num_copied": 4, "num_symbols": 8},
        "published": {"context": 4096, "num_copied": 16, "num_symbols": 14},
        "example": {"context": 9, "num_copied": 3, "num_symbols": 8},
    },
    "parity": {
        "live": {"length": 20},
        "published": {"length": 40},
        "example": {"length": 8},
    },
    "sort": {
        "live": {"num_symbols": 3, "length": 6},
        "published": {"num_symbols": 3, "length": 6},
        "example": {"num_symbols": 3, "length": 6},
    },
    "adding": {
        "live": {"length": 100},
        "published": {"length": 600},
        "example": {"length": 8},
    },
    "next_character": {
        "live": {"length": 64},
        "example": {"length": 16},
    },
    "sentiment": {
        "live": {"num_adjectives": 2, "num_examples": 0, "wrong_labels": 0},
        "longer": {"num_adjectives": 8, "num_examples": 0, "wrong_labels": 0},
        "example": {"num_adjectives": 1, "num_examples": 0, "wrong_labels": 0},
    },
    "csv": {
        "live": {"max_tokens": 32, "max_vocabulary": 2000},
        "longer": {"max_tokens": 64, "max_vocabulary": 10_000},
        "example": {"max_tokens": 24, "max_vocabulary": 2000},
    },
    "series": {
        "live": {"lags": 24, "shipped": 1},
        "co2": {"lags": 24, "shipped": 2},
        "passengers": {"lags": 24, "shipped": 3},
        "example": {"lags": 12, "shipped": 1},
    },
    "motif": {
        "live": {"length": 32, "noise_percent": 10},
        "longer": {"length": 120, "noise_percent": 10},
        "example": {"length": 18, "noise_percent": 5},
    },
    "events": {
        "live": {"length": 16, "basket": 4, "num_pairs": 6, "num_others": 6, "rule_percent": 75},
        "longer": {"length": 32, "basket": 8, "num_pairs": 8, "num_others": 8, "rule_percent": 75},
        "example": {"length": 5, "basket": 3, "num_pairs": 4, "num_others": 4, "rule_percent": 75},
    },
    "translation": {
        "live": {"num_pairs": 40_000, "max_source": 12},
        "longer": {"num_pairs": 40_000, "max_source": 24},
        "example": {"num_pairs": 5_000, "max_source": 8},
    },
    "digits": {
        "live": {"patch_rows": 2, "patch_cols": 2, "train_size": 1000, "shuffle": 0, "shift": 1},
        "pixels": {"patch_rows": 1, "patch_cols": 1, "train_size": 1000, "shuffle": 0, "shift": 1},
        "rows": {"patch_rows": 1, "patch_cols": 8, "train_size": 1000, "shuffle": 0, "shift": 1},
        "few": {"patch_rows": 2, "patch_cols": 2, "train_size": 100, "shuffle": 0, "shift": 1},
        "example": {"patch_rows": 2, "patch_cols": 2, "train_size": 1000, "shuffle": 0, "shift": 1},
    },
    "classify_sentiment": {
        "live": {"num_adjectives": 2},
        "longer": {"num_adjectives": 8},
        "example": {"num_adjectives": 1},
    },
    "classify_csv": {
        "live": {"max_tokens": 64, "max_vocabulary": 5000},
        "example": {"max_tokens": 24, "max_vocabulary": 2000},
    },
}

KINDS: Mapping[str, Kind] = {
    "translation": "translation",
    "classify_sentiment": "classification",
    "classify_csv": "classification",
}
"""Of the tasks that are no sequence tasks."""

PICTURES = ("digits",)
"""Sequence tasks on pictures, which further families can learn."""

LONGER_TESTS: Mapping[str, tuple[int, ...]] = {"parity": (40, 80)}
"""seq_len of the tests beyond the trained length of the live preset, for the tasks whose point they are."""

EXAMPLE_SEEDS: Mapping[str, int] = {
    "copy_memory": 13,
    "markov_chain": 7,
    "events": 5,
    "motif": 7,
    "mqar": 4,
    "parity": 5,
    "series": 2,
    "sentiment": 4,
    "translation": 125,
}
"""Seeds whose worked example at the "example" preset shows the point: a "not" that flips, queries in another order."""
