"""The settings of the compare page: A's are the explorer's, B's are A's but for those that B changes. No widgets here.

A setting of A has the explorer's name, so that a link of the explorer opens the same A. B's value of a setting is the
parameter `b_<name>`, which counts only while `changes` names the setting: B follows A in everything else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from attnlab.engine.spec import CHOICES
from attnlab.settings.attention import Explorer
from attnlab.settings.fields import Kind, Kinds, Settings, choice, some

OTHER = "b_"
"""Begins the parameter of a setting's value in B."""
EDITS = "s"
"""The setting with what was set by hand. It has no control: B either has A's edits or none."""
PICTURE = "drawn"
"""The setting that is drawn on a pad: no text of it says anything."""
LOOKED_AT = ("head", "query", "key")
FIRST_SCREEN = ("heads", "d_model", "positions", "mask", "score", "normalizer", "temperature")
"""Settings of A that are in sight, as far as there are such settings."""
NOT_COMPARED = (*LOOKED_AT, "stage", "view", "device", "elsewhere")
COMPARED: tuple[str, ...] = tuple(name for name in Explorer.kinds() if name not in NOT_COMPARED)
"""Settings that B may change, in the order of the explorer."""

OrderName = Literal["number", "changed"]
OfName = Literal["A", "B"]
CHANGES = ("positions",)
"""What B changes as the page opens."""
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

# What B does where it is to differ and nobody has said how; else the first option that is not the page's own.
_OTHERWISE: dict[str, Any] = {
    "sentence": "The mat sat on the cat, because it was tired.",
    "tokenizer": "characters",
    "temperature": 0.3,
    "dropout": 0.3,
    "d_k": 4,
    "d_v": 4,
    "softcap": 2.0,
    "sink": 2.0,
    "window": 1,
}


def otherwise(name: str, than: Any = None) -> Any:
    """A value for B where B is to differ: B's default, or if that is A's value, another one.

    Args:
        name: the setting.
        than: A's value; the explorer's default if left out.
    """
    if name == EDITS:
        return ""
    kind = Explorer.kinds()[name]
    default = kind.default if than is None else than
    if name in _OTHERWISE and _OTHERWISE[name] != default:
        return _OTHERWISE[name]
    if kind.widget == "switch":
        return not default
    if kind.widget == "choice":
        return next(option for option in kind.options if option != default)
    if kind.widget == "text" or default is None:
        return kind.default
    return default + 1 if default + 1 <= kind.high else default - 1


def _of_b(name: str) -> Kind:
    return replace(Explorer.kinds()[name], default=otherwise(name), own=False)


@dataclass(frozen=True, kw_only=True)
class Comparison(Settings):
    """What the compare page has beside the settings of A and B."""

    changes: tuple[str, ...] = some(CHANGES, COMPARED)
    order: OrderName = choice("number", get_args(OrderName))
    sweep: str | None = choice(None, tuple(SWEEPS))
    sweep_of: OfName = choice("A", get_args(OfName))


B_KINDS: Kinds = {f"{OTHER}{name}": _of_b(name) for name in COMPARED if name != EDITS}
"""B's values of the settings, by parameter."""
KINDS: Kinds = {**Explorer.kinds(), **B_KINDS, **Comparison.kinds()}
"""Every parameter of the page."""


def of_b(a: Explorer, changes: Sequence[str], values: Mapping[str, Any]) -> Explorer:
    """The settings of B.

    Args:
        a: those of A.
        changes: names of those that B changes.
        values: of all parameters of the page.
    """
    changed: dict[str, Any] = {name: "" if name == EDITS else values[f"{OTHER}{name}"] for name in changes}
    return Explorer.of(a.values() | changed)


def differing(a: Explorer, b: Explorer) -> list[str]:
    """The settings in which B is not A, in the order of the explorer."""
    return [name for name in COMPARED if getattr(a, name) != getattr(b, name)]


def swapped(a: Explorer, b: Explorer) -> dict[str, Any]:
    """The parameters that make A of B and B of A."""
    of_a, names = a.values(), differing(a, b)
    return {name: b.values()[name] for name in names} | {
        f"{OTHER}{name}": of_a[name] for name in names if name != EDITS
    }
