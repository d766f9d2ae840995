"""What contenders of a run look at, against what their task knows: computed once for each snapshot."""

from dataclasses import dataclass
from typing import cast

from attnlab.byte_cache import kept
from attnlab.looks.trained.opened import Origin, looking, model_of
from attnlab.models import SequenceModel
from attnlab.tasks import Motif, Series
from attnlab.training.insight.evidence import Evidence, evidence_of
from attnlab.training.insight.lags import Lags, lags_of
from attnlab.training.insight.logos import Logo, attention_logo, blind_logo, influence_logo


@dataclass(frozen=True)
class Logos:
    """The motif as one contender sees it."""

    attention: Logo | None  # None of a model without attention
    influence: Logo
    blind: Logo  # of a look at random, in the sequences in which it finds the motif


@kept
def lags_at(origin: Origin, contender: str) -> Lags:
    """A snapshot of a race on a series. Raises what `model_of` does."""
    model = cast("SequenceModel", model_of(origin, contender))
    with looking(model):
        return lags_of(model, cast("Series", origin.plan.task))


@kept
def evidence_at(origin: Origin, contender: str) -> Evidence | None:
    """A snapshot of a race whose task knows what decides; None of others. Raises what `model_of` does."""
    model = cast("SequenceModel", model_of(origin, contender))
    with looking(model):
        return evidence_of(model, origin.plan.task)


@kept
def logos_at(origin: Origin, contender: str) -> Logos:
    """A snapshot of a race on the motif. Raises what `model_of` does."""
    model, task = cast("SequenceModel", model_of(origin, contender)), cast("Motif", origin.plan.task)
    with looking(model):
        return Logos(attention_logo(model, task), influence_logo(model, task), blind_logo(model, task))
