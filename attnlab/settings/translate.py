"""The settings of the translate page. Which run is shown stands in `run`, as on every page with runs."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from attnlab.models import SEQ2SEQ_FAMILIES, FamilyName
from attnlab.models.seq2seq.config import BOUNDS
from attnlab.settings.fields import Settings, choice, line, real, whole
from attnlab.training.plan import MAX_STEPS

ViewName = Literal["weights", "influence"]
MAX_BEAMS = 6


@dataclass(frozen=True, kw_only=True)
class Translate(Settings):
    """The settings of the translate page."""

    link_prefix: ClassVar[str] = "tr_"

    text: str = line("The cat sat on the mat.")
    family: FamilyName = choice("transformer", SEQ2SEQ_FAMILIES)
    beams: int = whole(1, 1, MAX_BEAMS, range(1, MAX_BEAMS + 1))
    alpha: float = real(0.6, 0.0, 2.0, 0.1)
    view: ViewName = choice("weights", get_args(ViewName), names="translation_view")
    layer: int | None = whole(None, 1, int(BOUNDS["num_layers"][1]))  # None: the head nearest to the gold links
    head: int | None = whole(None, 1, int(BOUNDS["num_heads"][1]))
    word: int = whole(2, 1, int(BOUNDS["target_len"][1]))
    hypothesis: int = whole(1, 1, MAX_BEAMS)
    step: int | None = whole(None, 0, MAX_STEPS)  # None: the newest snapshot
