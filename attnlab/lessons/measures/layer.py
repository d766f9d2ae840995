"""What can be asked of a layer. Tokens, heads and coordinates count from 1, as links and pages count them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from torch import Tensor

from attnlab.engine import Edit, LayerTrace, SpecError
from attnlab.engine.edits import MAX_EDITS, heads_off
from attnlab.lessons.shown import ShownLayer
from attnlab.looks.layers import asked
from attnlab.settings import carried
from attnlab.text import tokenize

# ---- tokens and their rows -------------------------------------------------------------------------------------------


def tokens(shown: ShownLayer) -> int:
    """How many tokens are read."""
    return len(shown.trace.tokens)


def tokens_by(shown: ShownLayer, tokenizer: str) -> int:
    """How many tokens a tokenizer makes of the sentence, whichever is chosen."""
    return len(tokenize(shown.settings.sentence, tokenizer).tokens)


def tokenizers_apart(shown: ShownLayer) -> int:
    """By how many tokens words and characters differ on the sentence."""
    return abs(tokens_by(shown, "words") - tokens_by(shown, "characters"))


def letters(shown: ShownLayer) -> int:
    """How many characters the sentence has, as Python counts them."""
    return len(shown.settings.sentence)


def same_sentence(shown: ShownLayer) -> bool:
    """Whether the sentence is the one that the step began with."""
    return shown.settings.sentence == shown.began.sentence


def rows_apart(shown: ShownLayer, one: int, other: int) -> float:
    """The largest difference between two tokens' rows of x."""
    x = shown.trace.layer.x[0]
    return float((_row(x, one) - _row(x, other)).abs().max())


# ---- scores and weights ----------------------------------------------------------------------------------------------


def score(shown: ShownLayer, head: int, query: int, key: int) -> float:
    """A score before scaling."""
    return float(_cell(shown.trace.layer.heads.scores[0], head, query, key))


def weight(shown: ShownLayer, head: int, query: int, key: int) -> float:
    """A weight."""
    return float(_cell(shown.trace.weights, head, query, key))


def weights_of(shown: ShownLayer, head: int, query: int) -> Tensor:
    """(T,) the weights of one query."""
    return _row(_of(shown.trace.weights, head, "head"), query)


def strongest_key(shown: ShownLayer, head: int, query: int) -> int:
    """The key with the largest weight of a query; the first of equals."""
    return int(weights_of(shown, head, query).argmax()) + 1


def heads_on(shown: ShownLayer, query: int, key: int) -> int:
    """How many heads have their largest weight of a query on a key."""
    return sum(strongest_key(shown, head + 1, query) == key for head in range(shown.trace.spec.num_heads))


def row_sum(shown: ShownLayer, head: int, query: int) -> float:
    """What the weights of a query sum to."""
    return float(weights_of(shown, head, query).sum())


def moved_firsts(shown: ShownLayer, head: int) -> int:
    """How many queries have their largest weight on another key than as the step began."""
    now, then = (_of(trace.weights, head, "head").argmax(-1) for trace in (shown.trace, shown.before))
    return int((now != then).sum()) if now.shape == then.shape else len(now)


def entropy_bits(shown: ShownLayer, head: int) -> float:
    """Mean entropy of a head's rows, in bits."""
    return float(_entry(shown.trace.measures.entropy_bits, head, "head"))


def label(shown: ShownLayer, head: int) -> str:
    """What a head is called by what it does."""
    return str(_entry(shown.trace.labels, head, "head"))


def heads_called(shown: ShownLayer, name: str) -> int:
    """How many heads are called so by what they do."""
    return shown.trace.labels.count(name)


def labels_changed(shown: ShownLayer) -> int:
    """How many heads are called otherwise than as the step began."""
    now, then = shown.trace.labels, shown.before.labels
    return sum(one != other for one, other in zip(now, then, strict=True)) if len(now) == len(then) else len(now)


# ---- mask, cache, edits ----------------------------------------------------------------------------------------------


def hidden_cells(shown: ShownLayer) -> int:
    """How many pairs of query and key the mask forbids."""
    mask, length = shown.trace.layer.heads.mask, len(shown.trace.tokens)
    return 0 if mask is None else int((~mask.expand(1, 1, length, length)[0, 0]).sum())


def cache_numbers(shown: ShownLayer) -> int:
    """How many numbers of keys and values are kept of each earlier token."""
    spec = shown.trace.spec
    return spec.kv_heads * (spec.key_width + spec.value_width)


def edits(shown: ShownLayer) -> int:
    """How many edits act."""
    return len(shown.trace.spec.applied)


def switched_off(shown: ShownLayer) -> int:
    """How many heads are switched off."""
    return len(heads_off(shown.trace.spec.applied))


def only_switched(shown: ShownLayer) -> bool:
    """Whether all edits switch heads."""
    return all(edit.stage == "head" for edit in shown.trace.spec.applied)


# ---- outputs ---------------------------------------------------------------------------------------------------------


def head_output(shown: ShownLayer, head: int, token: int, coordinate: int) -> float:
    """One number of what a head hands on."""
    return float(_cell(shown.trace.layer.heads.output[0], head, token, coordinate))


def from_mean_of_values(shown: ShownLayer, head: int, token: int) -> float:
    """How far a head's output is from the mean of the values up to the token, at most."""
    values, output = _values(shown.trace, head), _of(shown.trace.layer.heads.output[0], head, "head")
    return float((_row(output, token) - values[:token].mean(0)).abs().max())


def from_one_value(shown: ShownLayer, head: int, token: int) -> float:
    """How far a head's output is from the nearest row of values, at most."""
    values, output = _values(shown.trace, head), _of(shown.trace.layer.heads.output[0], head, "head")
    return float((_row(output, token) - values).abs().max(-1).values.min())


def output_apart(shown: ShownLayer, token: int, one: int, other: int) -> float:
    """How much the layer's output of a token changes, at most, where two other tokens are swapped.

    Raises:
        SpecError: no room for one more edit.
    """
    swap = Edit("swap", 0, one - 1, other - 1, 0)
    edits_now = carried.decoded(shown.settings.s)
    if len(edits_now) == MAX_EDITS:
        raise SpecError(
            "s", "most", f"s ({MAX_EDITS} edits) must leave room for one more", got=MAX_EDITS, most=MAX_EDITS
        )
    after = asked(replace(shown.settings, s=carried.encoded((*edits_now, swap)))).trace()
    return float((_row(after.layer.output[0], token) - _row(shown.trace.layer.output[0], token)).abs().max())


def output_lost(shown: ShownLayer) -> float:
    """Euclidean length of what the whole output has lost or won since the step began."""
    now, then = shown.trace.layer.output[0], shown.before.layer.output[0]
    if now.shape != then.shape:
        got, wanted = now.shape[0], then.shape[0]
        message = f"sentence ({got} tokens) must have {wanted}, as at the start of the step"
        raise SpecError("sentence", "as_long", message, got=got, wanted=wanted)
    return float((now - then).norm())


def lost_without(shown: ShownLayer, head: int, token: int) -> float:
    """Euclidean length of what the output of a token loses where a head is switched off."""
    off = carried.encoded((Edit("head", head - 1, 0, 0, 0),))
    without = asked(replace(shown.settings, s=off)).trace()
    return float((_row(without.layer.output[0], token) - _row(shown.trace.layer.output[0], token)).norm())


def most_needed(shown: ShownLayer, token: int) -> int:
    """The head without which the output of a token changes most."""
    lost = [lost_without(shown, head + 1, token) for head in range(shown.trace.spec.num_heads)]
    return lost.index(max(lost)) + 1


LAYER: tuple[Callable[..., Any], ...] = (
    tokens,
    tokens_by,
    tokenizers_apart,
    letters,
    same_sentence,
    rows_apart,
    score,
    weight,
    weights_of,
    strongest_key,
    heads_on,
    row_sum,
    moved_firsts,
    entropy_bits,
    label,
    heads_called,
    labels_changed,
    hidden_cells,
    cache_numbers,
    edits,
    switched_off,
    only_switched,
    head_output,
    from_mean_of_values,
    from_one_value,
    output_apart,
    output_lost,
    lost_without,
    most_needed,
)


# ---- places, from 1 --------------------------------------------------------------------------------------------------


def _entry(items: tuple[Any, ...], place: int, name: str) -> Any:
    """The item of a place; a refusal where there is none."""
    if not 1 <= place <= len(items):
        message = f"{name} ({place}) must be from 1 to {len(items)}"
        raise SpecError(name, "range", message, got=place, low=1, high=len(items))
    return items[place - 1]


def _of(tensor: Tensor, place: int, name: str) -> Tensor:
    found: Tensor = _entry(tuple(tensor), place, name)
    return found


def _row(matrix: Tensor, token: int) -> Tensor:
    return _of(matrix, token, "token")


def _cell(tensor: Tensor, head: int, row: int, column: int) -> Tensor:
    return _of(_row(_of(tensor, head, "head"), row), column, "column")


def _values(trace: LayerTrace, head: int) -> Tensor:
    """(T, Dv) of the group that a head belongs to."""
    spec = trace.spec
    if not 1 <= head <= spec.num_heads:
        message = f"head ({head}) must be from 1 to {spec.num_heads}"
        raise SpecError("head", "range", message, got=head, low=1, high=spec.num_heads)
    return trace.layer.heads.value[0, (head - 1) // (spec.num_heads // spec.kv_heads)]
