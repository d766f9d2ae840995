"""The settings of the claims page: which claim is open, and what was said of it before it was measured."""

from dataclasses import dataclass
from typing import ClassVar

from attnlab.claims import VERDICTS, VerdictName, shelf
from attnlab.settings.fields import Settings, choice

FIRST = "row_sums"


@dataclass(frozen=True, kw_only=True)
class Claims(Settings):
    """The settings of the page."""

    link_prefix: ClassVar[str] = "claim_"

    name: str = choice(FIRST, tuple(claim.name for claim in shelf().claims), names="claim_name")
    guess: VerdictName | None = choice(None, VERDICTS, names="verdict")
