"""What a link says of a race that is set up: which one, and who takes part. Which run is shown stands in `run`.

Steps, sizes and the rest are the session's: a run that was started knows its plan.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from attnlab.engine import SpecError
from attnlab.models import SEQUENCE_FAMILIES
from attnlab.settings.fields import Settings, choice, line
from attnlab.training.plans.contender import Contender
from attnlab.training.store.values import MAX_CONTENDERS

ReadyName = Literal[
    "recall",
    "copy_memory",
    "parity",
    "sort",
    "reverse",
    "markov_chain",
    "short_tcn",
    "digits",
    "series",
    "motif",
    "events",
    "heads",
    "scaling",
    "positions",
    "layers",
    "residual",
    "few_examples",
    "digits_few",
    "digits_shuffled",
]
"""The races of `attnlab.training.shown.races`."""
FurtherName = Literal["selective_copying", "adding", "sentiment", "next_character", "csv"]
"""Tasks without a race of their own: raced by the same three."""
READY, FURTHER = get_args(ReadyName), get_args(FurtherName)
AS_IT_COMES = ""
"""Those of the race itself."""
NOBODY = "none"
ALLOWED = f"1 to {MAX_CONTENDERS} different contenders with commas between them, such as transformer.heads-1"


def contenders(text: str) -> str | None:
    """The parameter names contenders: a `links.Check`."""
    try:
        keys = [] if text in {AS_IT_COMES, NOBODY} else contenders_in(text)
    except SpecError as error:
        return f"{ALLOWED}: {error}"
    return None if len(set(keys)) == len(keys) <= MAX_CONTENDERS else ALLOWED


def contenders_in(text: str) -> tuple[str, ...]:
    """The keys of the contenders that a parameter names.

    Raises:
        SpecError: as `Contender.read`, or the family is one that no sequence task has.
    """
    if text == NOBODY:
        return ()
    found = [Contender.read(part) for part in text.split(",")[: MAX_CONTENDERS + 1]]
    for one in found:
        if one.family not in SEQUENCE_FAMILIES:
            message = f"contenders ({one.family!r}) must be of the families {', '.join(SEQUENCE_FAMILIES)}"
            raise SpecError("contenders", "choice", message, got=one.family, choices=SEQUENCE_FAMILIES)
    return tuple(one.key for one in found)


def contenders_said(keys: Iterable[str]) -> str:
    """The parameter that names contenders by their keys."""
    return ",".join(keys) or NOBODY


@dataclass(frozen=True, kw_only=True)
class Training(Settings):
    """The settings of the training page that its link says."""

    link_prefix: ClassVar[str] = "t_"

    race: ReadyName | FurtherName = choice("recall", (*READY, *FURTHER))
    contenders: str = line(AS_IT_COMES, contenders)
