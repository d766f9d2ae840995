"""What links may say, written out word by word and number by number.

Links are out in the world: a setting that is declared anew must take what it took, refuse what it refused, and mean
the same. So nothing here is taken from the declarations, or from the engine whose bounds they follow.
"""

import re
from typing import Any

from attnlab.engine import available_devices
from attnlab.paths import ASSETS, PROSE
from attnlab.settings import carried
from attnlab.settings import elsewhere as in_layers
from attnlab.settings.links import Check, anything, flag, integer, number, one_of, optional

Table = dict[str, tuple[Any, Check]]
"""A page's parameters, in order: what each is as the page opens, and what it may be."""


def pattern(expression: str, allowed: str) -> Check:
    return lambda text: None if re.fullmatch(expression, text) else allowed


RUN = "[23456789abcdefghjkmnpqrstuvwxyz]{12}"
FAMILY = "(?:transformer|lstm|gru|rnn|tcn|lstm_attention|window_attention|linear_attention)"
PART = r"[1-9][0-9]{0,2}\.(?:self_attention|cross_attention|feed_forward)(?:\.norm|\.add)?"
CONTENDER = rf"{FAMILY}(?:\.[a-z0-9_.-]{{3,40}})?"
HUB_PART = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}"
HUB_ID = f"{HUB_PART}/{HUB_PART}(?:@[A-Za-z0-9_][A-Za-z0-9_.-]{{0,63}})?"
model_name = pattern(
    rf"[A-Za-z0-9][A-Za-z0-9_.-]{{0,59}}|{HUB_ID}|{RUN}:{CONTENDER}:(?:0|[1-9][0-9]{{0,5}})",
    "shipped, an installed model's name, or <run>:<contender>:<step> of a snapshot",
)
pretrained_name = pattern(rf"(?!shipped$)[A-Za-z0-9][A-Za-z0-9_.-]{{0,59}}|{HUB_ID}", "the name of an installed model")
translator_name = pattern(rf"[A-Za-z0-9][A-Za-z0-9_.-]{{0,59}}|{HUB_ID}", "shipped, or the name of an installed model")
place_name = pattern(
    rf"|(?:encoder|decoder)\.(?:embedding|memory|final_norm|logits|{PART})",
    "the name of a part, such as decoder.1.cross_attention",
)
cell_name = pattern(r"|[a-z_]{1,24}\.[1-9][0-9]{0,3}\.[1-9][0-9]{0,3}", "the name of a cell, such as weights.3.2")
head_name = pattern(r"all|[1-9]\.(?:[1-9]|1[0-6])", "all, or layer and head such as 1.2")

EXPLORER: Table = {
    "sentence": ("The cat sat on the mat, because it was tired.", anything),
    "tokenizer": ("words", one_of("words", "words_zh", "characters")),
    "source": ("designed", one_of("designed", "random", "trained")),
    "model": ("shipped", model_name),
    "layer": (2, integer(1, 128)),
    "example": (0, integer(0, 9999)),
    "drawn": (
        "",
        pattern(
            r"|(?:0|[1-9][0-9]{0,3})(?:\.[0-9a-g]{64}|~(?:[0-3][0-9a-z]{3}){1,128})",
            "the number of an example, a full stop and 64 letters from 0 to g",
        ),
    ),
    "heads": (8, integer(1, 16)),
    "kv_heads": ("all", one_of("all", *map(str, range(1, 17)))),
    "d_model": (64, integer(1, 256)),
    "d_k": (None, optional(integer(1, 128))),
    "d_v": (None, optional(integer(1, 128))),
    "positions": ("sinusoidal", one_of("none", "sinusoidal", "learned", "rope", "alibi", "t5", "shaw")),
    "score": ("scaled_dot", one_of("scaled_dot", "dot", "cosine", "additive", "bilinear", "gaussian", "linear")),
    "qk_norm": (False, flag),
    "softcap": (None, optional(number(0.1, 100.0))),
    "mask": (
        "causal",
        one_of("none", "causal", "window", "padding", "dilated", "block", "global", "random_blocks", "prefix"),
    ),
    "second_mask": (
        "none",
        one_of("none", "causal", "window", "padding", "dilated", "block", "global", "random_blocks", "prefix"),
    ),
    "combine": ("and", one_of("and", "or")),
    "window": (3, integer(1, 128)),
    "dilation": (2, integer(1, 128)),
    "block": (4, integer(1, 128)),
    "global_tokens": (1, integer(0, 128)),
    "random_blocks": (1, integer(0, 128)),
    "prefix": (3, integer(0, 128)),
    "padding": (3, integer(0, 128)),
    "pad_left": (False, flag),
    "normalizer": ("softmax", one_of("softmax", "sparsemax", "entmax15", "sigmoid", "softmax_one", "hard", "relu")),
    "sink": (None, optional(number(-20.0, 20.0))),
    "temperature": (1.0, number(0.05, 10.0)),
    "dropout": (0.0, number(0.0, 0.9)),
    "seed": (0, integer(0, 2147483647)),
    "dtype": ("float32", one_of("float32", "float64", "bfloat16", "float16")),
    "device": ("auto", one_of("auto", *available_devices())),
    "head": (1, integer(1, 64)),
    "query": (5, integer(0, 128)),
    "key": (4, integer(0, 128)),
    "stage": ("softmax", one_of("tokens", "x", "qkv", "scores", "scale", "mask", "softmax", "values", "output")),
    "view": ("matrix", one_of("matrix", "lines", "arithmetic")),
    "s": ("", carried.check),
    "elsewhere": ("", in_layers.check),
}
BLOCKS: Table = {
    "stack_text": ("The cat sat on the mat.", anything),
    "stack_target": ("Le chat est assis sur le tapis.", anything),
    "stack_source": ("seeded", one_of("seeded", "trained", "pretrained")),
    "stack_architecture": ("encoder_decoder", one_of("encoder", "decoder", "encoder_decoder")),
    "stack_depth": (2, integer(1, 6)),
    "stack_placement": ("pre", one_of("pre", "post", "none")),
    "stack_norm": ("layer", one_of("layer", "rms")),
    "stack_activation": ("relu", one_of("relu", "gelu", "swiglu")),
    "stack_heads": (4, integer(1, 16)),
    "stack_kv_heads": ("all", one_of("all", *map(str, range(1, 17)))),
    "stack_d_model": (32, integer(1, 128)),
    "stack_ff_width": (64, integer(1, 512)),
    "stack_positions": ("sinusoidal", one_of("none", "sinusoidal", "rope", "alibi")),
    "stack_residual": (True, flag),
    "stack_feed_forward": (True, flag),
    "stack_dropout": (0.0, number(0.0, 0.9)),
    "stack_seed": (0, integer(0, 2147483647)),
    "stack_open": ("", place_name),
    "stack_source_token": (2, integer(1, 32)),
    "stack_target_token": (2, integer(1, 32)),
    "stack_head": (1, integer(1, 16)),
    "stack_cell": ("", cell_name),
    "stack_temperature": (1.0, number(0.05, 10.0)),
    "stack_top_k": (None, optional(integer(1, 512))),
    "stack_top_p": (None, optional(number(0.0, 1.0))),
    "stack_generated": (4, integer(1, 32)),
    "stack_model": ("minilm", pretrained_name),
}
TRANSLATE: Table = {
    "tr_text": ("The cat sat on the mat.", anything),
    "tr_model": ("shipped", translator_name),
    "tr_family": ("transformer", one_of("transformer", "gru_attention", "gru")),
    "tr_beams": (1, integer(1, 6)),
    "tr_alpha": (0.6, number(0.0, 2.0)),
    "tr_view": ("weights", one_of("weights", "influence")),
    "tr_layer": (None, optional(integer(1, 128))),
    "tr_head": (None, optional(integer(1, 64))),
    "tr_word": (2, integer(1, 256)),
    "tr_hypothesis": (1, integer(1, 6)),
    "tr_step": (None, optional(integer(0, 100000))),
}
LANGUAGES = sorted((file.parent.name for file in PROSE.glob("*/site.toml")), key=lambda name: (name != "en", name))
SITE: Table = {"lang": ("", optional(one_of(*LANGUAGES)))}
"""Of every page."""
START: Table = {
    "start_text": ("The animal did not cross the street because it was too tired.", anything),
    "start_word": (9, integer(1, 128)),
    "start_layer": (4, integer(1, 128)),
    "start_head": (2, integer(1, 64)),
    "start_present": (False, flag),
}

LESSONS: Table = {
    "lesson": (
        None,
        optional(
            one_of(
                *("tokens", "rows", "views", "match", "scale", "mask", "shares", "average", "order", "heads", "stream"),
                *("two_texts", "who_wins"),
            )
        ),
    ),
    "step": (1, integer(1, 9)),
    "revealed": (False, flag),
    "for": ("learner", one_of("learner", "teacher")),
    "race_run": ("", pattern(f"|{RUN}", "the id of a race, as its link has it")),
}

MODELS: Table = {
    "m_model": ("minilm", pretrained_name),
    "m_second": ("", anything),
    "m_between": ("all", one_of("all", "first_second", "second_first")),
    "m_measure": (
        "entropy_bits",
        one_of(
            *("entropy_bits", "mean_distance", "self", "previous", "next", "first", "same_word", "nearby"),
            *("punctuation", "special"),
        ),
    ),
    "m_order": ("layer", one_of("layer", "most", "least")),
    "m_only": (
        "all",
        one_of(
            *("all", "previous", "next", "self", "first", "same_word", "punctuation", "nearby", "farther"),
            *("uniform", "mixed"),
        ),
    ),
    "m_other": ("The dog sat on the mat, because it was tired.", anything),
    "m_outcome": ("sentence", one_of("sentence", "token", "next")),
    "m_instead": ("zero", one_of("zero", "mean")),
    "m_edits": ("after", one_of("after", "before", "difference")),
    "m_sentences": ("", anything),
    **{
        name: EXPLORER[name]
        for name in ("sentence", "layer", "head", "query", "key", "stage", "view", "s", "elsewhere")
    },
}

MECHANISMS = ("traced", "torch", "fused", "window", "linear", "lstm", "gru", "convolution")
COST: Table = {
    "cost_axis": ("length", one_of("length", "heads", "d_model", "window", "kv_heads")),
    "cost_work": ("forward", one_of("forward", "training", "generation", "generation_uncached")),
    "cost_measure": ("seconds", one_of("seconds", "peak_bytes", "flops")),
    "cost_against": ("fused", one_of(*MECHANISMS)),
    "cost_fit_from": (128, integer(1, 4096)),
    "cost_table": ("shipped", one_of("shipped", "here")),
    "cost_d_model": (64, integer(1, 512)),
    "cost_heads": (8, integer(1, 16)),
    "cost_kv_heads": (None, optional(integer(1, 16))),
    "cost_window": (64, integer(1, 4096)),
    "cost_longest": (1024, integer(8, 4096)),
    "cost_seconds": (60, integer(5, 300)),
    "cost_model": (
        "llama3_8b",
        one_of(
            *("gpt2", "gpt3", "llama2_7b", "llama2_70b", "mistral_7b", "falcon_7b"),
            *("llama3_8b", "llama3_70b", "llama3_405b"),
        ),
    ),
    "cost_card": ("24", one_of("8", "12", "16", "24", "48", "80", "141")),
    "cost_bits": ("16", one_of("32", "16", "8", "4")),
    "cost_context": (8192, integer(1, 1000000)),
    "cost_batch": (1, integer(1, 1024)),
}

CHOOSING: Table = {"choose_question": ("heads", one_of("heads", "layers", "d_model", "d_k", "dropout"))}

CLASSIFY: Table = {
    "cl_data": ("sentiment", one_of("sentiment", "csv")),
    "cl_text": ("although we did sleep much, i would not say that the long recent film was really good", anything),
    "cl_instead": ("", anything),
    "cl_family": ("transformer", one_of("transformer", "lstm", "text_cnn", "bag_of_words", "minilm")),
    "cl_judged": ("bag_of_words", one_of("transformer", "lstm", "text_cnn", "bag_of_words", "minilm")),
    "cl_occlude": ("deleted", one_of("deleted", "others", "unknown")),
    "cl_head": ("all", head_name),
}

CLASS: Table = {
    "room": (
        "",
        pattern("|[BCDFGHJKLMNPQRSTVWXZbcdfghjklmnpqrstvwxz]{5}", "five letters, as the teacher's screen shows them"),
    )
}
CONTROLS = ("sentence", "heads", "d_model", "positions", "mask", "score", "normalizer", "temperature", "more")
"""Of the explorer, that a teacher may choose for a class, by `class_show` and `class_lock`, as often as there are."""
CLAIMS: Table = {
    "claim_name": ("row_sums", one_of(*sorted(path.stem for path in (ASSETS / "claims").glob("*.toml")))),
    "claim_guess": (None, optional(one_of("true", "false", "depends"))),
}
"""Whoever adds a file adds an option."""

READY = ("recall", "copy_memory", "parity", "sort", "reverse", "markov_chain", "short_tcn")
READY += ("digits", "series", "motif", "events")
CHANGED = ("heads", "scaling", "positions", "layers", "residual", "few_examples", "digits_few", "digits_shuffled")
TRAINING: Table = {
    "t_race": (
        "recall",
        one_of(*READY, *CHANGED, "selective_copying", "adding", "sentiment", "next_character", "csv"),
    ),
}

COMPARED = [name for name in EXPLORER if name not in ("head", "query", "key", "stage", "view", "device", "elsewhere")]
B_DEFAULTS: dict[str, Any] = {
    "b_sentence": "The mat sat on the cat, because it was tired.",
    "b_tokenizer": "characters",
    "b_source": "random",
    "b_model": "shipped",
    "b_layer": 3,
    "b_example": 1,
    "b_drawn": "",
    "b_heads": 1,
    "b_kv_heads": "1",
    "b_d_model": 8,
    "b_d_k": 4,
    "b_d_v": 4,
    "b_positions": "none",
    "b_score": "dot",
    "b_qk_norm": True,
    "b_softcap": 2.0,
    "b_mask": "none",
    "b_second_mask": "causal",
    "b_combine": "or",
    "b_window": 1,
    "b_dilation": 3,
    "b_block": 5,
    "b_global_tokens": 2,
    "b_random_blocks": 2,
    "b_prefix": 4,
    "b_padding": 4,
    "b_pad_left": True,
    "b_normalizer": "sparsemax",
    "b_sink": 2.0,
    "b_temperature": 0.3,
    "b_dropout": 0.3,
    "b_seed": 1,
    "b_dtype": "float64",
}

COMPARE: Table = {
    **EXPLORER,
    **{name: (default, EXPLORER[name.removeprefix("b_")][1]) for name, default in B_DEFAULTS.items()},
    "order": ("number", one_of("number", "changed")),
    "sweep": (
        None,
        optional(
            one_of(
                *("heads", "d_model", "temperature", "window", "softcap", "kv_heads", "seed"),
                *("positions", "mask", "score", "normalizer"),
            )
        ),
    ),
    "sweep_of": ("A", one_of("A", "B")),
}
"""All of its parameters but `changes`, which may be given more than once."""

OWN_TO_A_MODEL = {
    *("tokenizer", "heads", "kv_heads", "d_model", "d_k", "d_v", "positions", "mask", "second_mask", "combine"),
    *("window", "dilation", "block", "global_tokens", "random_blocks", "prefix", "padding", "pad_left"),
    *("stack_architecture", "stack_depth", "stack_placement", "stack_norm", "stack_activation", "stack_heads"),
    *("stack_kv_heads", "stack_d_model", "stack_ff_width", "stack_positions"),
}
"""What a trained model brings with it, whatever the controls say."""
