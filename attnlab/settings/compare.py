"""The settings of the compare page: A's are the explorer's, B's are A's but for those that B changes. No widgets here.

A setting of A has the explorer's name, so that a link of the explorer opens the same A. B's value of a setting is the
parameter `b_<name>`, which counts only while `changes` names the setting: B follows A in everything else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from attnlab.engine import available_devices
from attnlab.engine.spec import BOUNDS, CHOICES, MAX_TOKENS
from attnlab.settings import links
from attnlab.settings.attention import CHECKS, D_MODELS, DEFAULTS, HEADS, KV_HEADS, MAX_LAYERS, link_values
from attnlab.text import TOKENIZERS

OTHER = "b_"
"""Begins the parameter of a setting's value in B."""
EDITS = "s"
"""The setting with what was set by hand. It has no control: B either has A's edits or none."""
LOOKED_AT = ("head", "query", "key")
FIRST_SCREEN = ("heads", "d_model", "positions", "mask", "score", "normalizer", "temperature")
"""Settings of A that are in sight, as far as there are such settings."""
NOT_COMPARED = (*LOOKED_AT, "stage", "view", "device")
COMPARED: tuple[str, ...] = tuple(name for name in DEFAULTS if name not in NOT_COMPARED)
"""Settings that B may change, in the order of the explorer."""

ORDERS = ("number", "changed")
CHANGES = ("positions",)
"""What B changes as the page opens."""
OF = ("A", "B")
SWEEPS: dict[str, tuple[Any, ...]] = {
    "heads": (1, 2, 4, 8),
    "d_model": (4, 8, 16, 32, 64, 128, 256),
    "temperature": (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
    "window": (1, 2, 3, 5, 8),
    "softcap": (0.5, 1.0, 2.0, 5.0, 20.0),
    "kv_heads": ("1", "2", "4", "8"),
    "seed": (0, 1, 2, 3, 4),
    **{name: CHOICES[name] for name in ("positions", "mask", "score", "normalizer")},
}
"""Settings that can be swept, and their values."""

_FIELDS = {"d_k": "head_dim", "d_v": "value_dim", "heads": "num_heads"}  # where the spec has another name
_OPTIONS: dict[str, tuple[Any, ...]] = {
    "tokenizer": tuple(TOKENIZERS),
    "heads": HEADS,
    "kv_heads": KV_HEADS,
    "d_model": D_MODELS,
    "device": ("auto", *available_devices()),
}
_RANGES: dict[str, tuple[float, float]] = {
    "layer": (1, MAX_LAYERS),
    "head": (1, 16),
    "query": (0, MAX_TOKENS),
    "key": (0, MAX_TOKENS),
}
_STEPS = {"temperature": 0.05, "dropout": 0.05}
# What B does where it is to differ and nobody has said how; else the first option that is not the page's own.
_OTHERWISE: dict[str, Any] = {
    "sentence": "The mat sat on the cat, because it was tired.",
    "temperature": 0.3,
    "dropout": 0.3,
    "d_k": 4,
    "d_v": 4,
    "softcap": 2.0,
    "sink": 2.0,
    "window": 1,
}


@dataclass(frozen=True)
class Control:
    """Which widget a setting has."""

    kind: Literal["choice", "number", "switch", "text"]
    options: tuple[Any, ...] = ()
    low: float = 0
    high: float = 0
    step: float = 1


def control(name: str) -> Control:
    """The widget of a setting, from the bounds that the engine checks."""
    field = _FIELDS.get(name, name)
    if name in _OPTIONS:
        return Control("choice", options=_OPTIONS[name])
    if isinstance(DEFAULTS[name], bool):
        return Control("switch")
    if field in CHOICES:
        return Control("choice", options=CHOICES[field])
    bounds = _RANGES.get(name) or BOUNDS.get(field)
    if bounds is None:
        return Control("text")
    low, high = bounds
    step = 1 if isinstance(low, int) else _STEPS.get(name, 0.5)
    return Control("number", low=low, high=high, step=step)


def otherwise(name: str, than: Any = None) -> Any:
    """A value for B where B is to differ: B's default, or if that is A's value, another one.

    Args:
        name: the setting.
        than: A's value; the explorer's default if left out.
    """
    if name == EDITS:
        return ""
    default = DEFAULTS[name] if than is None else than
    if name in _OTHERWISE and _OTHERWISE[name] != default:
        return _OTHERWISE[name]
    widget = control(name)
    if widget.kind == "switch":
        return not default
    if widget.kind == "choice":
        return next(option for option in widget.options if option != default)
    if widget.kind == "text" or default is None:
        return DEFAULTS[name]
    return default + 1 if default + 1 <= widget.high else default - 1


B_DEFAULTS: dict[str, Any] = {f"{OTHER}{name}": otherwise(name) for name in COMPARED if name != EDITS}


def names_of_settings(values: Sequence[str]) -> str | None:
    """What is allowed for `changes`, or None if all of these are: each value of the parameter is one name."""
    fine = all(name in COMPARED for name in values if name) and len(set(values)) == len(values)
    return None if fine else f"some of {', '.join(COMPARED)}, each once"


COMPARE_CHECKS: dict[str, links.Check] = {
    **CHECKS,
    **{f"{OTHER}{name}": CHECKS[name] for name in COMPARED if name != EDITS},
    "order": links.one_of(*ORDERS),
    "sweep": links.optional(links.one_of(*SWEEPS)),
    "sweep_of": links.one_of(*OF),
}
"""The check of each parameter of the page but `changes`."""
OPENING: dict[str, Any] = {
    **DEFAULTS,
    **B_DEFAULTS,
    "changes": list(CHANGES),
    "order": ORDERS[0],
    "sweep": None,
    "sweep_of": OF[0],
}
"""Every parameter of the page, as it opens."""


def refusals(params: Mapping[str, Sequence[str]]) -> dict[str, links.Refusal]:
    """The parameters of a link that will not be taken, by name; `changes` may be given once for each of its names."""
    refused = links.refusals(params, COMPARE_CHECKS)
    changes = params.get("changes", ())
    if allowed := names_of_settings(changes):
        refused["changes"] = links.Refusal("changes", links.shortened(", ".join(changes)), allowed)
    return refused


def linked_values(params: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Every parameter's value in a link; as the page opens where the link says nothing that can be taken."""
    refused = refusals(params)
    given = {name: params[name] for name in OPENING if params.get(name) and name not in refused}
    return {name: _read(name, given[name]) if name in given else value for name, value in OPENING.items()}


def _read(name: str, texts: Sequence[str]) -> Any:
    if name == "changes":
        return [text for text in texts if text]
    setting = name.removeprefix(OTHER) if name in B_DEFAULTS else name
    return link_values({setting: texts})[setting] if setting in DEFAULTS else texts[0] or None


def in_link(values: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Settings as a link says them; those that are as the page opens are left out."""
    return {name: text_in_link(value) for name, value in values.items() if value != OPENING[name]}


def text_in_link(value: Any) -> str | list[str]:
    """One value as Streamlit writes it into the link; a list is a parameter given once for each entry."""
    if isinstance(value, list):
        return [str(one) for one in value] or [""]
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def of_b(a: Mapping[str, Any], changes: Sequence[str], value: Callable[[str], Any]) -> dict[str, Any]:
    """The settings of B.

    Args:
        a: those of A.
        changes: names of those that B changes.
        value: from a name to B's value.
    """
    return {**a, **{name: "" if name == EDITS else value(name) for name in changes}}


def differing(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """The settings in which B is not A, in the order of the explorer."""
    return [name for name in COMPARED if a[name] != b[name]]


def swapped(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that make A of B and B of A."""
    names = differing(a, b)
    return {name: b[name] for name in names} | {f"{OTHER}{name}": a[name] for name in names if name != EDITS}
