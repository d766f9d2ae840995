"""The settings of the classify page: names, defaults and bounds.

A setting's name is its parameter in the link and the key of its widget. All begin with `cl_`, since the session keeps
the settings of all pages; which run is shown stands in `run`, as on every page with runs.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from attnlab.models import CLASSIFIER_FAMILIES
from attnlab.settings import links

DATA = ("sentiment", "csv")
OCCLUSIONS = ("deleted", "others", "unknown")
ALL_HEADS = "all"

DEFAULTS: dict[str, Any] = {
    "cl_data": "sentiment",
    "cl_text": "although we did sleep much, i would not say that the long recent film was really good",
    "cl_instead": "",
    "cl_family": "transformer",
    "cl_judged": "bag_of_words",
    "cl_occlude": "deleted",
    "cl_head": ALL_HEADS,
}

_HEAD = re.compile(r"[1-9]\.(?:[1-9]|1[0-6])")


def head_name(text: str) -> str | None:
    """The parameter names a head, or all of them: a `links.Check`."""
    return None if text == ALL_HEADS or _HEAD.fullmatch(text) else f"{ALL_HEADS}, or layer and head such as 1.2"


CHECKS: dict[str, links.Check] = {
    "cl_data": links.one_of(*DATA),
    "cl_text": links.anything,
    "cl_instead": links.anything,
    "cl_family": links.one_of(*CLASSIFIER_FAMILIES),
    "cl_judged": links.one_of(*CLASSIFIER_FAMILIES),
    "cl_occlude": links.one_of(*OCCLUSIONS),
    "cl_head": head_name,
}


def linked_values(params: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Every setting's value in a link; its default where the link says nothing that can be taken."""
    return links.values_in(params, DEFAULTS, CHECKS)


def in_link(values: Mapping[str, Any]) -> dict[str, str]:
    """Settings as a link says them; those that are as the page opens are left out."""
    return links.told_in_link(values, DEFAULTS)
