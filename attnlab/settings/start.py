"""The settings of the start page: what is read, which word is followed, and which head of the model is looked at."""

from dataclasses import dataclass
from typing import Any, ClassVar

from attnlab.engine import TRAINED
from attnlab.engine.spec import MAX_TOKENS
from attnlab.settings.attention import MOST_HEADS, Explorer
from attnlab.settings.elsewhere import MAX_LAYERS
from attnlab.settings.fields import Settings, flag, line, whole

MODEL = "minilm"
SENTENCE = "The animal did not cross the street because it was too tired."
OTHER_END = "The animal did not cross the street because it was too wide."
"""The same but for its last word, and "it" is the street: what the models page compares it with."""


@dataclass(frozen=True, kw_only=True)
class Start(Settings):
    """The settings of the page."""

    link_prefix: ClassVar[str] = "start_"

    text: str = line(SENTENCE)
    word: int = whole(9, 1, MAX_TOKENS)  # counted without what the model adds
    layer: int = whole(4, 1, MAX_LAYERS)
    head: int = whole(2, 1, MOST_HEADS)
    present: bool = flag(False)  # for a room: the picture alone, in letters that are read from its end

    def explorer(self, pretrained: bool, **others: Any) -> Explorer:
        """The same layer and head as the explorer's settings say it.

        Args:
            pretrained: whether the model is there; else the weights are those that are built by hand.
            others: settings beside.
        """
        model: dict[str, Any] = {"source": TRAINED, "model": MODEL, "layer": self.layer}
        return Explorer(sentence=self.text, head=self.head, **(model if pretrained else {"mask": "none"}), **others)
