"""`models NAME --ablate` and `--patch`: which head matters, and which piece of a run makes it what it is."""

import math
from collections.abc import Sequence

from torch import Tensor

from attnlab.cli.terminal.output import one_line, say
from attnlab.cli.terminal.table import Cell, table
from attnlab.engine.allowed import check_number
from attnlab.engine.spec import MAX_TOKENS
from attnlab.interventions import (
    Outcome,
    ablated_heads,
    counterparts,
    logit_difference,
    nearness,
    next_pieces,
    patched_heads,
    patched_streams,
)
from attnlab.pretrained import Model, Trace

ABLATED_COLUMNS = ("layer", "head", "nothing", "its mean")


def say_ablated(model: Model, text: str) -> None:
    """A row for each head, what matters most first: what is lost if it writes nothing, and if it writes its mean.

    Raises:
        SpecError: a text without anything to read, or of more tokens than are looked at.
    """
    trace = _traced(model, text)
    measured, name = _measured(model, trace, trace)
    whole = measured(trace.hidden_states[-1][None])
    nothing, mean = (whole - ablated_heads(trace, measured, instead) for instead in ("zero", "mean"))
    say(f"What {name} falls by if a head writes, in its place:")
    rows = ((*divmod(place, nothing.shape[1]), place) for place in nothing.flatten().argsort(descending=True).tolist())
    lost = nothing.flatten().tolist(), mean.flatten().tolist()
    say(table(ABLATED_COLUMNS, ((layer + 1, head + 1, lost[0][at], lost[1][at]) for layer, head, at in rows)))


def say_patched(model: Model, text: str, other: str) -> None:
    """Two tables, in shares of the way from the other run to this one: a stream at each place, and each head.

    Raises:
        SpecError: as `say_ablated`; texts that the model does not tell apart.
    """
    clean, theirs = (_traced(model, one) for one in (text, other))
    measured, name = _measured(model, clean, theirs)
    streams, heads = patched_streams(clean, theirs, measured), patched_heads(clean, theirs, measured)
    say(f"{name[0].upper()}{name[1:]}: 0 as in the run on the second text, 1 as in that on the first.")
    if (pairs := counterparts(clean, theirs)) and len(clean.tokens) != len(theirs.tokens):
        count = sum(place is not None for place in pairs)
        say(f"The texts have {len(clean.tokens)} and {len(theirs.tokens)} tokens, of which {count} have a counterpart.")
    say("\nThe stream behind each layer (0: what enters the first), put in at one token:")
    labels = [f"{place} {one_line(token.label)}" for place, token in enumerate(theirs.tokens, 1)]
    say(table(("layer", *labels), _rows(streams, first=0)))
    say("\nWhat one head writes, put in at all tokens:")
    say(table(("layer", *(f"head {head}" for head in range(1, heads.shape[1] + 1))), _rows(heads, first=1)))


def _traced(model: Model, text: str) -> Trace:
    trace = model.trace(text)
    check_number("tokens", len(trace.tokens) + trace.cut, 1, MAX_TOKENS)
    return trace


def _measured(model: Model, trace: Trace, other: Trace) -> tuple[Outcome, str]:
    """What is compared, and how it is called: the next piece where the model has a head, else the sentence's vector."""
    if model.parts.head is None:
        return nearness(trace), "the cosine with the vector of the text"
    pieces = next_pieces(model, trace, other)
    said, instead = (repr(model.reader.written(piece)) for piece in pieces)
    return logit_difference(model, -1, *pieces), f"the lead of {said} over {instead} as next, in logits"


def _rows(values: Tensor, first: int) -> list[Sequence[Cell]]:
    return [(number, *map(_share, row)) for number, row in enumerate(values.tolist(), first)]


def _share(value: float) -> float | None:
    """To two decimals; nothing of a token without a counterpart."""
    return None if math.isnan(value) else round(value, 2) + 0.0  # + 0.0: no -0
