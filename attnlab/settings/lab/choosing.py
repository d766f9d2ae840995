"""The settings of the choosing page: which setting of a Transformer the reader wants to choose."""

from dataclasses import dataclass
from typing import ClassVar

from attnlab.settings.fields import Settings, choice
from attnlab.training.grid import QUESTIONS, QuestionName


@dataclass(frozen=True, kw_only=True)
class Choosing(Settings):
    """The settings of the page."""

    link_prefix: ClassVar[str] = "choose_"

    question: QuestionName = choice("heads", QUESTIONS, names="choose_question")
