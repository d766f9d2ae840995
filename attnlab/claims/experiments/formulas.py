"""Formulas that were printed wrong, each run beside the right one on the same numbers.

Every experiment here gives the series "right" and "wrong", and how far the outputs are apart, relative to the right
one's size.
"""

import math

import torch
from torch import Tensor, nn

from attnlab.claims.experiments.drawn import largest, layer, normal, stream, vectors
from attnlab.claims.measured import Figure, Measured, Size, figures_of
from attnlab.engine import (
    FeedForwardWeights,
    Projections,
    attention,
    causal_mask,
    feed_forward,
    merge_heads,
    multi_head_attention,
    split_heads,
)

TOKENS: dict[Size, int] = {"tiny": 5, "quick": 12, "full": 48}
HIDDEN = 64
SHOWN = 12
"""Rows of a matrix that are drawn."""


def wrong_axis(seed: int, size: Size) -> Measured:
    """a_ij = exp(s_ij) / sum_i exp(s_ij): over the queries instead of the keys."""
    tokens, drawn = TOKENS[size], vectors(seed, tokens=TOKENS[size])
    right = attention(drawn.query, drawn.key, drawn.value)
    wrong = torch.softmax(right.scaled_scores, dim=-2)
    masked = right.scaled_scores.masked_fill(~causal_mask(tokens), -math.inf)
    changed = masked.clone()
    changed[..., -1, :] += 1.0
    leak = largest(*(torch.softmax(scores, dim=-2)[..., :-1, :] for scores in (masked, changed)))
    numbers = {**_apart(right.output, wrong @ drawn.value), **_sums(wrong), "leak": leak}
    return Measured(_row_sums(right.weights, wrong), numbers)


def no_softmax(seed: int, size: Size) -> Measured:
    """y_i = sum_j s_ij v_j: bare scores in the place of weights."""
    drawn = vectors(seed, tokens=TOKENS[size])
    right = attention(drawn.query, drawn.key, drawn.value)
    wrong = right.scores @ drawn.value
    longer = float(wrong.norm(dim=-1).mean() / right.output.norm(dim=-1).mean())
    numbers = {**_apart(right.output, wrong), **_sums(right.scores), "longer": longer}
    return Measured(_row_sums(right.weights, right.scores), numbers)


def whole_width(seed: int, size: Size) -> Measured:
    """S / sqrt(d) in the place of S / sqrt(d_k), with d_k = d / heads: the spread of the scores by heads."""
    d_model = 64
    query, key, value = (normal(seed, name, 1, TOKENS[size], d_model) for name in ("query", "key", "value"))
    spread: dict[str, dict[float, float]] = {"right": {}, "wrong": {}}
    apart = {}
    for heads in (1, 2, 4, 8, 16):
        parts = [split_heads(one, heads) for one in (query, key, value)]
        right, wrong = (attention(*parts, scale=scale) for scale in (None, 1 / math.sqrt(d_model)))
        spread["right"][heads], spread["wrong"][heads] = (float(one.scaled_scores.std()) for one in (right, wrong))
        apart[heads] = _apart(right.output, wrong.output)["apart"]
    numbers = {"one_head_apart": apart[1], "apart": apart[8], "right_spread": spread["right"][8]}
    return Measured(figures_of(spread), {**numbers, "wrong_spread": spread["wrong"][8]})


def diagonal_mask(seed: int, size: Size) -> Measured:
    """A mask with 1 on the diagonal and minus infinity elsewhere, added to the scores."""
    tokens, drawn = TOKENS[size], vectors(seed, tokens=TOKENS[size])
    right = attention(drawn.query, drawn.key, drawn.value, mask=causal_mask(tokens))
    added = torch.full((tokens, tokens), -math.inf, dtype=torch.float64).fill_diagonal_(1.0)
    wrong = torch.softmax(right.scaled_scores + added, dim=-1)
    multiplied = torch.softmax(right.scaled_scores * added, dim=-1)
    own = {
        "right": {place + 1.0: float(right.weights[0, 0, place, place]) for place in range(min(tokens, SHOWN))},
        "wrong": {place + 1.0: float(wrong[0, 0, place, place]) for place in range(min(tokens, SHOWN))},
    }
    numbers = {
        **_apart(right.output, wrong @ drawn.value),
        "own_share": float(wrong.diagonal(dim1=-2, dim2=-1).mean()),
        "values_moved": largest(wrong @ drawn.value, drawn.value),
        "nan_share": float(multiplied.isnan().double().mean()),
    }
    return Measured(figures_of(own), numbers)


def feed_forward_twice(seed: int, size: Size) -> Measured:
    """FFN = max(0, x) W_1 + b_1, then max(0, .) W_2 + b_2: the bend before the first matrix."""
    x, d_model = stream(seed, TOKENS[size]), 16
    up, down = normal(seed, "W_1", d_model, HIDDEN) / 4, normal(seed, "W_2", HIDDEN, d_model) / 8
    up_bias, down_bias = normal(seed, "b_1", HIDDEN) / 4, normal(seed, "b_2", d_model) / 4
    weights = FeedForwardWeights(up, up_bias, down, down_bias)

    def wrong(inputs: Tensor) -> Tensor:
        return (inputs.relu() @ up + up_bias).relu() @ down + down_bias

    right = feed_forward(x, weights).output
    below = -normal(seed, "below", 1, TOKENS[size], d_model).abs()
    lengths = {
        "right": {place + 1.0: float(row.norm()) for place, row in enumerate(right[0, :SHOWN])},
        "wrong": {place + 1.0: float(row.norm()) for place, row in enumerate(wrong(x)[0, :SHOWN])},
    }
    numbers = {
        **_apart(right, wrong(x)),
        "right_below": float(feed_forward(below, weights).output.std(1).mean()),
        "wrong_below": float(wrong(below).std(1).mean()),
    }
    return Measured(figures_of(lengths), numbers)


def weight_on_the_left(seed: int, size: Size) -> Measured:
    """Q = W_Q X where rows are tokens, with as many tokens as dimensions, so that it runs: who takes part in row 1."""
    count = TOKENS[size]
    x, weights = normal(seed, "X", count, count), layer(seed, 1, count)
    weight = weights.matrices[0]
    right, wrong = _queries(x, weights), weight @ x
    changed = x.clone()
    changed[1] += 1.0
    moved = {
        "right": {
            place + 1.0: float(row.norm()) for place, row in enumerate((_queries(changed, weights) - right)[:SHOWN])
        },
        "wrong": {place + 1.0: float(row.norm()) for place, row in enumerate((weight @ changed - wrong)[:SHOWN])},
    }
    numbers = {
        **_apart(right, wrong),
        "right_rows": sum(value > 0 for value in moved["right"].values()),
        "wrong_rows": sum(value > 0 for value in moved["wrong"].values()),
        "rows": min(count, SHOWN),
    }
    return Measured(figures_of(moved), numbers)


def matrix_a_place(seed: int, size: Size) -> Measured:
    """W_q1, W_q2, W_q3, ...: a matrix of its own for each position, in the place of one for all."""
    d_model, lengths = 8, (3, 10, 30, 100)
    weights, word = layer(seed, 1, d_model), normal(seed, "word", d_model)
    count = TOKENS[size]
    own = normal(seed, "W_Qi", count, d_model, d_model) / math.sqrt(d_model)
    words = word.expand(count, -1)
    right, wrong = _queries(words, weights), (words[:, None] @ own)[:, 0]
    parameters = {
        "right": {length: float(weights.qkv_proj.numel()) for length in lengths},
        "wrong": {length: float(weights.qkv_proj.numel() * length) for length in lengths},
    }
    numbers = {
        "apart": _apart(right, wrong)["apart"],
        "right_word_moved": largest(right, right[:1].expand_as(right)),
        "wrong_word_moved": largest(wrong, wrong[:1].expand_as(wrong)),
        "right_parameters": parameters["right"][100],
        "wrong_parameters": parameters["wrong"][100],
    }
    return Measured(figures_of(parameters), numbers)


def inputs_for_values(seed: int, size: Size) -> Measured:
    """The weights times the input vectors, in the place of the values."""
    x, weights = stream(seed, TOKENS[size]), layer(seed)
    traced = multi_head_attention(x, weights)
    right, wrong = traced.concat, merge_heads(traced.heads.weights @ split_heads(x, weights.num_heads))
    lengths = {
        "right": {place + 1.0: float(row.norm()) for place, row in enumerate(right[0, :SHOWN])},
        "wrong": {place + 1.0: float(row.norm()) for place, row in enumerate(wrong[0, :SHOWN])},
    }
    return Measured(figures_of(lengths), _apart(right, wrong))


def batch_for_time(seed: int, size: Size) -> Measured:
    """The layer of torch without batch_first on (B, T, d): which sentences answer when the first one is changed."""
    torch_layers = {name: nn.MultiheadAttention(16, 2, batch_first=first).double() for name, first in _ORDERS}
    state = {name: normal(seed, name, *weight.shape) / 4 for name, weight in torch_layers["right"].state_dict().items()}
    batch = normal(seed, "batch", 4, TOKENS[size], 16)
    changed = batch.clone()
    changed[0] += normal(seed, "change", TOKENS[size], 16)
    moved: dict[str, dict[float, float]] = {}
    outputs = {}
    for name, module in torch_layers.items():
        module.load_state_dict(state)
        with torch.no_grad():
            outputs[name], after = (module(one, one, one)[0] for one in (batch, changed))
        moved[name] = {place + 1.0: largest(after[place], outputs[name][place]) for place in range(len(batch))}
    numbers = {
        "right_others": max(list(moved["right"].values())[1:]),
        "wrong_others": max(list(moved["wrong"].values())[1:]),
        **_apart(outputs["right"], outputs["wrong"]),
    }
    return Measured(figures_of(moved), numbers)


_ORDERS = (("right", True), ("wrong", False))


def large_negative(seed: int, size: Size) -> Measured:
    """-1e9 in the place of minus infinity: rows that keep a key, and a row whose keys are all padding."""
    tokens, drawn = TOKENS[size], vectors(seed, tokens=TOKENS[size])
    mask = causal_mask(tokens)
    mask[0] = False  # the first query may see nothing
    right = attention(drawn.query, drawn.key, drawn.value, mask=mask)
    wrong = torch.softmax(right.scaled_scores.masked_fill(~mask, -1e9), dim=-1)
    totals = {
        "right": {place + 1.0: float(right.weights[0, 0, place].sum()) for place in range(min(tokens, SHOWN))},
        "wrong": {place + 1.0: float(wrong[0, 0, place].sum()) for place in range(min(tokens, SHOWN))},
    }
    numbers = {
        "other_rows_apart": largest(right.weights[:, :, 1:], wrong[:, :, 1:]),
        "empty_row_sum": float(wrong[0, 0, 0].sum()),
        "right_row_sum": float(right.weights[0, 0, 0].sum()),
    }
    return Measured(figures_of(totals), numbers)


def mask_behind(seed: int, size: Size) -> Measured:
    """The mask behind the softmax: weights of the future are set to 0 when they have taken their share already."""
    tokens, drawn = TOKENS[size], vectors(seed, tokens=TOKENS[size])
    mask = causal_mask(tokens)
    right = attention(drawn.query, drawn.key, drawn.value, mask=mask)
    wrong = torch.softmax(right.scaled_scores, dim=-1) * mask
    numbers = {**_apart(right.output, wrong @ drawn.value), **_sums(wrong)}
    return Measured(_row_sums(right.weights, wrong), numbers)


def keys_of_the_decoder(seed: int, size: Size) -> Measured:
    """Cross-attention with the decoder's keys and the encoder's values, where the texts are of one length: it runs."""
    tokens, drawn = TOKENS[size], vectors(seed, tokens=TOKENS[size])
    memory = vectors(seed + 1, tokens=tokens)
    right = attention(drawn.query, memory.key, memory.value)
    wrong = attention(drawn.query, drawn.key, memory.value)
    other = vectors(seed + 2, tokens=tokens)
    heard = {
        "right": largest(attention(drawn.query, other.key, memory.value).weights, right.weights),
        "wrong": largest(attention(drawn.query, drawn.key, memory.value).weights, wrong.weights),
    }
    longer = vectors(seed + 1, tokens=tokens + 3)
    numbers = {
        **_apart(right.output, wrong.output),
        "right_heard": heard["right"],
        "wrong_heard": heard["wrong"],
        "fits": float(_fits(wrong.weights, longer.value)),
    }
    return Measured(figures_of({name: {"weights": value} for name, value in heard.items()}), numbers)


def _queries(x: Tensor, weights: Projections) -> Tensor:
    """(T, d_model) -> (T, D): the queries of a layer of one head."""
    return multi_head_attention(x[None], weights).projected_query[0, 0]


def _fits(weights: Tensor, value: Tensor) -> bool:
    """Whether weights can be multiplied with values: as many columns as rows."""
    return weights.shape[-1] == value.shape[-2]


def _apart(right: Tensor, wrong: Tensor) -> dict[str, float]:
    """How far the wrong result is from the right one, relative to its size; and the largest difference."""
    return {"apart": float((wrong - right).norm() / right.norm()), "difference": largest(wrong, right)}


def _sums(wrong: Tensor) -> dict[str, float]:
    sums = wrong.sum(-1)
    return {"low": float(sums.min()), "high": float(sums.max())}


def _row_sums(right: Tensor, wrong: Tensor) -> tuple[Figure, ...]:
    """What each row of the first head's weights sums to."""
    table = {"right": right, "wrong": wrong}
    return figures_of(
        {
            name: {place + 1.0: float(row.sum()) for place, row in enumerate(one[0, 0, :SHOWN])}
            for name, one in table.items()
        }
    )
