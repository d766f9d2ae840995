"""The settings of the models page: which model is looked at, and in which order, is its own; the rest the explorer's.

What is read, and which layer, head and cell are looked at, travel between the two pages; so do edits of the layer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from attnlab.engine import TRAINED
from attnlab.settings.attention import PRETRAINED_NAME, Explorer
from attnlab.settings.fields import Kinds, Settings, choice, line
from attnlab.settings.links import Wanted

MeasureName = Literal[
    "entropy_bits",
    "mean_distance",
    "self",
    "previous",
    "next",
    "first",
    "same_word",
    "nearby",
    "punctuation",
    "special",
]
HeadOrderName = Literal["layer", "most", "least"]
OnlyName = Literal[
    "all", "previous", "next", "self", "first", "same_word", "punctuation", "nearby", "farther", "uniform", "mixed"
]
BetweenName = Literal["all", "first_second", "second_first"]
OutcomeName = Literal["sentence", "token", "next"]
InsteadName = Literal["zero", "mean"]
EditsName = Literal["after", "before", "difference"]

SHARED = ("sentence", "layer", "head", "query", "key", "stage", "view", "s", "elsewhere")
"""Settings of the explorer that the page has too."""
OPENS_ON = "minilm"


def pretrained_name(text: str) -> str | None:
    """The parameter can be the name of an installed model: a `links.Check`."""
    return None if PRETRAINED_NAME.fullmatch(text) else Wanted("the name of an installed model", "installed")


@dataclass(frozen=True, kw_only=True)
class Models(Settings):
    """The page's own settings."""

    link_prefix: ClassVar[str] = "m_"

    model: str = line(OPENS_ON, pretrained_name)
    second: str = line("")
    between: BetweenName = choice("all", get_args(BetweenName))
    measure: MeasureName = choice("entropy_bits", get_args(MeasureName))
    order: HeadOrderName = choice("layer", get_args(HeadOrderName), names="head_order")
    only: OnlyName = choice("all", get_args(OnlyName))
    other: str = line("The dog sat on the mat, because it was tired.")
    outcome: OutcomeName = choice("sentence", get_args(OutcomeName))
    instead: InsteadName = choice("zero", get_args(InsteadName), names="written_instead")
    edits: EditsName = choice("after", get_args(EditsName), names="with_edits")
    sentences: str = line("")


KINDS: Kinds = {**Models.kinds(), **{name: Explorer.kinds()[name] for name in SHARED}}
"""All settings of the page."""


def layer_settings(values: Mapping[str, Any]) -> Explorer:
    """The same layer as the explorer's settings say it.

    Args:
        values: of the page's settings, by parameter.
    """
    shared = {name: values[name] for name in SHARED}
    return Explorer.of(shared | {"source": TRAINED, "model": values["m_model"]})
