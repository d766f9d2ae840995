"""The settings of the translate page. Which run is shown stands in `run`, as on every page with runs."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from attnlab.models import SEQ2SEQ_FAMILIES, FamilyName
from attnlab.models.seq2seq.config import BOUNDS
from attnlab.settings.attention import MOST_HEADS, PRETRAINED_NAME, SHIPPED
from attnlab.settings.elsewhere import MAX_LAYERS
from attnlab.settings.fields import Settings, choice, line, real, whole
from attnlab.settings.links import Wanted
from attnlab.training.plans.plan import MAX_STEPS

ViewName = Literal["weights", "influence"]
MAX_BEAMS = 6


def translator_name(text: str) -> str | None:
    """The parameter can name who translates: a `links.Check`."""
    fine = text == SHIPPED or PRETRAINED_NAME.fullmatch(text)
    return None if fine else Wanted(f"{SHIPPED}, or the name of an installed model", "translator")


@dataclass(frozen=True, kw_only=True)
class Translate(Settings):
    """The settings of the translate page."""

    link_prefix: ClassVar[str] = "tr_"

    text: str = line("The cat sat on the mat.")
    model: str = line(SHIPPED, translator_name)  # shipped: those of the page's run, or that come with the app
    family: FamilyName = choice("transformer", SEQ2SEQ_FAMILIES)
    beams: int = whole(1, 1, MAX_BEAMS, range(1, MAX_BEAMS + 1))
    alpha: float = real(0.6, 0.0, 2.0, 0.1)
    view: ViewName = choice("weights", get_args(ViewName), names="translation_view")
    layer: int | None = whole(None, 1, MAX_LAYERS)  # None: the head nearest to the gold links
    head: int | None = whole(None, 1, MOST_HEADS)
    word: int = whole(2, 1, int(BOUNDS["target_len"][1]))
    hypothesis: int = whole(1, 1, MAX_BEAMS)
    step: int | None = whole(None, 0, MAX_STEPS)  # None: the newest snapshot
