"""The settings of writing on: how the next letter or piece is drawn. Two pages ask them, of their own models."""

from dataclasses import dataclass
from typing import ClassVar

from attnlab.engine.spec import MAX_TEMPERATURE, MIN_TEMPERATURE
from attnlab.engine.transformer.writing import Cuts
from attnlab.settings.fields import Kinds, Settings, line, real, whole

MAX_LETTERS, MAX_PIECES = 120, 48
LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Writing(Settings):
    """What stands before, how much is written behind it, and what each draw is made from."""

    link_prefix: ClassVar[str] = "w_"

    prompt: str = line("")
    letters: int = whole(60, 1, MAX_LETTERS)
    pieces: int = whole(16, 1, MAX_PIECES)
    temperature: float = real(0.7, MIN_TEMPERATURE, MAX_TEMPERATURE, 0.05)
    top_k: int | None = whole(None, 1, 1000)
    top_p: float | None = real(None, 0.0, 1.0, 0.05)
    seed: int = whole(0, 0, LARGEST_SEED)

    @property
    def cuts(self) -> Cuts:
        """As the engine takes them."""
        return Cuts(self.temperature, self.top_k, self.top_p)


OF_LETTERS: Kinds = {name: kind for name, kind in Writing.kinds().items() if name != "w_pieces"}
"""What the training page asks, whose models write letters."""
OF_PIECES: Kinds = {name: kind for name, kind in Writing.kinds().items() if name not in {"w_prompt", "w_letters"}}
"""What the models page asks; there the text stands before."""
