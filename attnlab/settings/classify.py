"""The settings of the classify page. Which run is shown stands in `run`, as on every page with runs."""

import re
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from attnlab.models import ALL_CLASSIFIERS, FamilyName
from attnlab.settings.fields import Settings, choice, line
from attnlab.settings.links import Wanted

DataName = Literal["sentiment", "csv"]
OcclusionName = Literal["deleted", "others", "unknown"]
ALL_HEADS = "all"

_HEAD = re.compile(r"[1-9]\.(?:[1-9]|1[0-6])")


def head_name(text: str) -> str | None:
    """The parameter names a head, or all of them: a `links.Check`."""
    fine = text == ALL_HEADS or _HEAD.fullmatch(text)
    return None if fine else Wanted(f"{ALL_HEADS}, or layer and head such as 1.2", "head")


@dataclass(frozen=True, kw_only=True)
class Classify(Settings):
    """The settings of the classify page."""

    link_prefix: ClassVar[str] = "cl_"

    data: DataName = choice("sentiment", get_args(DataName))
    text: str = line("although we did sleep much, i would not say that the long recent film was really good")
    instead: str = line("")
    family: FamilyName = choice("transformer", ALL_CLASSIFIERS)
    judged: FamilyName = choice("bag_of_words", ALL_CLASSIFIERS, names="family")
    occlude: OcclusionName = choice("deleted", get_args(OcclusionName))
    head: str = line(ALL_HEADS, head_name)
