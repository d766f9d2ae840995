"""What is looked at when a changed model has come to its end: one number a run."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.engine.allowed import check_number
from attnlab.pretrained import Model, Trace

Outcome = Callable[[Tensor], Tensor]
"""(B, T, d_model), the last streams of B runs as a head reads them -> (B,)."""


def nearness(trace: Trace, place: int | None = None, there: int | None = None) -> Outcome:
    """How near a run ends to this one: the cosine of their vectors, 1 for the run itself.

    Args:
        trace: the run that others are compared with.
        place: of the token whose vector is meant, from 0; None for the sentence's, the mean over all tokens.
        there: where that token stands in runs of another length; if not there too.

    Raises:
        SpecError: there is no such place.
    """
    length = len(trace.tokens)
    if place is not None:
        check_number("place", place, 0, length - 1)
    wanted = _vectors(trace.hidden_states[-1][None], place)

    def near(final: Tensor) -> Tensor:
        at = place if there is None or final.shape[1] == length else there
        return F.cosine_similarity(_vectors(final, at), wanted, dim=-1)

    return near


def logit_difference(model: Model, place: int, answer: int, other: int) -> Outcome:
    """By how much one piece is likelier than another as the next one: the difference of their logits.

    Args:
        model: one with a head.
        place: of the token after which is asked, from 0; below 0 from the end, -1 for the last one.
        answer: id of the piece that is likelier in the end.
        other: id of the other one.

    Raises:
        SpecError: the model has no head, or no such ids.
    """
    head = model.parts.head
    if head is None:
        raise _headless(model)
    for name, id_ in (("answer", answer), ("other", other)):
        check_number(name, id_, 0, len(head) - 1)
    direction = head[answer] - head[other]
    return lambda final: final[:, place] @ direction.to(final.dtype)


def next_pieces(model: Model, trace: Trace, other: Trace) -> tuple[int, int]:
    """Ids of two pieces to tell runs apart by: what this run says next, and what the other one does.

    Where both say the same, the second is what this run holds for second likeliest.

    Raises:
        SpecError: the model has no head.
    """
    logits, theirs = trace.logits, other.logits
    if logits is None or theirs is None:
        raise _headless(model)
    first, second = logits[-1].topk(2).indices.tolist()
    said = int(theirs[-1].argmax())
    return first, second if said == first else said


def _headless(model: Model) -> SpecError:
    return SpecError("model", "missing", f"model ({model.name!r}) must have a head that makes logits")


def _vectors(final: Tensor, place: int | None) -> Tensor:
    return final.mean(1) if place is None else final[:, place]
