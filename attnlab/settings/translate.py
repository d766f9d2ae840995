"""The settings of the translate page: names, defaults and bounds. No widgets here.

A setting's name is its parameter in the link and the key of its widget. All begin with `tr_`, since the session keeps
the settings of all pages; which run is shown stands in `run`, as on every page with runs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from attnlab.models import SEQ2SEQ_FAMILIES
from attnlab.models.seq2seq.config import BOUNDS
from attnlab.settings import links
from attnlab.training.plan import MAX_STEPS

VIEWS = ("weights", "influence")
MAX_BEAMS = 6
MAX_ALPHA = 2.0
MAX_WORD = int(BOUNDS["target_len"][1])

DEFAULTS: dict[str, Any] = {
    "tr_text": "The cat sat on the mat.",
    "tr_family": "transformer",
    "tr_beams": 1,
    "tr_alpha": 0.6,
    "tr_view": "weights",
    "tr_layer": None,  # the head that is nearest to the gold links
    "tr_head": None,
    "tr_word": 2,
    "tr_hypothesis": 1,
    "tr_step": None,  # the newest snapshot
}
LOOKED_AT = ("tr_view", "tr_layer", "tr_head", "tr_word")
"""Settings that the picture sets."""

CHECKS: dict[str, links.Check] = {
    "tr_text": links.anything,
    "tr_family": links.one_of(*SEQ2SEQ_FAMILIES),
    "tr_beams": links.integer(1, MAX_BEAMS),
    "tr_alpha": links.number(0.0, MAX_ALPHA),
    "tr_view": links.one_of(*VIEWS),
    "tr_layer": links.optional(links.integer(1, int(BOUNDS["num_layers"][1]))),
    "tr_head": links.optional(links.integer(1, int(BOUNDS["num_heads"][1]))),
    "tr_word": links.integer(1, MAX_WORD),
    "tr_hypothesis": links.integer(1, MAX_BEAMS),
    "tr_step": links.optional(links.integer(0, MAX_STEPS)),
}


def linked_values(params: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Every setting's value in a link; its default where the link says nothing that can be taken."""
    return links.values_in(params, DEFAULTS, CHECKS, dict.fromkeys(("tr_layer", "tr_head", "tr_step"), int))


def in_link(values: Mapping[str, Any]) -> dict[str, str]:
    """Settings as a link says them; those that are as the page opens are left out."""
    return links.told_in_link(values, DEFAULTS)


def changed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that differ from their defaults: what the link says."""
    return {name: value for name, value in values.items() if value != DEFAULTS[name]}
