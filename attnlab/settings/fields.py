"""Settings declared once: a field of a page's settings says its default, what it may hold, and which widget sets it.

A setting's name, behind the prefix of its page, is its parameter in the link and the key of its widget.
"""

import dataclasses
import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self

from attnlab.engine import SpecError
from attnlab.engine.allowed import Allowed
from attnlab.prose import listed, name_of
from attnlab.settings import links

Params = Mapping[str, Sequence[str]]
"""Each parameter of a link with every value the link gives it."""


@dataclass(frozen=True)
class Kind:
    """What one setting may hold, how a link says it, and which widget sets it."""

    default: Any
    check: links.Check
    reader: Callable[[str], Any]  # of a text that has passed the check
    widget: Literal["choice", "number", "switch", "text"]
    options: tuple[Any, ...] = ()
    low: float = 0
    high: float = 0
    step: float = 1
    decimal: bool = False  # of a number
    own: bool = False  # a trained model brings it with it, whatever the control says
    fills: str = ""  # the field of the engine's spec that has its value
    names: str = ""  # the table of what its options are called

    def allowed(self, texts: Sequence[str]) -> str | None:
        """What is allowed instead of these values of the parameter; None if they are fine."""
        return "given once" if len(texts) > 1 else self.check(texts[0])

    def read(self, texts: Sequence[str]) -> Any:
        """The value that texts stand for which have passed `allowed`."""
        return self.reader(texts[0])

    def shown(self, value: Any) -> str:
        """What pages call a value."""
        return name_of(self.names, str(in_link(value)))

    def holds(self, value: Any) -> bool:
        """Whether this is a value that a link could give the setting, whoever sent it."""
        text = in_link(value)
        return isinstance(text, str) and self.check(text) is None and bool(self.reader(text) == value)


class Repeated(Kind):
    """Some of the options, each given once: the parameter stands in the link as often as there are."""

    def allowed(self, texts: Sequence[str]) -> str | None:
        """As of any `Kind`; an empty text stands for none of them."""
        fine = all(text in self.options for text in texts if text) and len(set(texts)) == len(texts)
        said = f"some of {', '.join(self.options)}, each once"
        return None if fine else links.Wanted(said, "some_of", choices=self.options)

    def read(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Those that are named."""
        return tuple(text for text in texts if text)

    def shown(self, value: Any) -> str:
        """As of any `Kind`."""
        return listed(name_of(self.names, str(one)) for one in value)

    def holds(self, value: Any) -> bool:
        """As of any `Kind`."""
        return isinstance(value, (list, tuple)) and self.allowed([str(one) for one in value]) is None


Kinds = Mapping[str, Kind]
"""The settings of a page, by the parameter of each."""


# ---- the fields of a page's settings ---------------------------------------------------------------------------------


def _field(kind: Kind) -> Any:
    return dataclasses.field(default=kind.default, metadata={"kind": kind})


def _maybe(kind: Kind) -> Any:
    """The field; without a default it may also be empty, which chooses nothing."""
    if kind.default is not None:
        return _field(kind)
    read = kind.reader
    empty = dataclasses.replace(
        kind, check=links.optional(kind.check), reader=lambda text: read(text) if text else None
    )
    return _field(empty)


def choice(default: str | None, options: Sequence[str], *, own: bool = False, fills: str = "", names: str = "") -> Any:
    """One of these words; what they are called stands in the table `names`, or in one with the field's own name."""
    check = links.one_of(*options)
    return _maybe(Kind(default, check, str, "choice", tuple(options), own=own, fills=fills, names=names))


def some(default: Sequence[str], options: Sequence[str]) -> Any:
    """Some of these words, in the order in which they are chosen."""
    return _field(Repeated(tuple(default), links.one_of(*options), str, "choice", tuple(options)))


def whole(
    default: int | None, low: int, high: int, options: Sequence[int] = (), *, own: bool = False, fills: str = ""
) -> Any:
    """A whole number; `options` are those on offer where only a few are."""
    widget: Literal["choice", "number"] = "choice" if options else "number"
    check = links.integer(low, high)
    return _maybe(Kind(default, check, int, widget, tuple(options), low, high, own=own, fills=fills))


def real(
    default: float | None, low: float, high: float, step: float = 0.5, *, own: bool = False, fills: str = ""
) -> Any:
    """A decimal number."""
    check = links.number(low, high)
    return _maybe(Kind(default, check, float, "number", (), low, high, step, decimal=True, own=own, fills=fills))


def flag(default: bool, *, own: bool = False, fills: str = "") -> Any:
    """On or off."""
    return _field(Kind(default, links.flag, lambda text: text == "true", "switch", own=own, fills=fills))


def line(default: str, check: links.Check = links.anything, *, own: bool = False) -> Any:
    """A line to type: words of the reader's, or a name."""
    return _field(Kind(default, check, str, "text", own=own))


def of(
    spec: type,
    name: str,
    *,
    default: Any = dataclasses.MISSING,
    step: float = 0.5,
    options: Sequence[Any] = (),
    own: bool = False,
    names: str = "",
) -> Any:
    """A setting that fills a field of an engine's spec, whose choices, bounds and (as a rule) default it has.

    Args:
        spec: its class.
        name: of the field.
        default: where the page opens with another one.
        step: of a decimal number.
        options: a whole number's, where only a few are on offer.
        own: a trained model brings it with it.
        names: the table of what choices are called, where it has another name than the field.
    """
    allowed: Allowed = sys.modules[spec.__module__].ALLOWED
    declared = {field.name: field.default for field in dataclasses.fields(spec)}
    default = declared[name] if default is dataclasses.MISSING else default
    if isinstance(default, bool):
        return flag(default, own=own, fills=name)
    if name in allowed.choices:
        return choice(default, allowed.choices[name], own=own, fills=name, names=names)
    low, high = allowed.bounds[name]
    if isinstance(low, int):
        return whole(default, int(low), int(high), options, own=own, fills=name)
    return real(default, low, high, step, own=own, fills=name)


# ---- links and settings ----------------------------------------------------------------------------------------------


def refusals(params: Params, kinds: Kinds) -> dict[str, links.Refusal]:
    """The parameters of a link that will not be taken, by name. Unknown parameters are nobody's business."""
    refused = {}
    for name, kind in kinds.items():
        texts = params.get(name, ())
        if texts and (allowed := kind.allowed(texts)):
            refused[name] = links.Refusal(name, links.shortened(", ".join(texts)), allowed)
    return refused


def read(params: Params, kinds: Kinds) -> dict[str, Any]:
    """Every setting's value in a link; its default where the link says nothing that can be taken."""

    def value(kind: Kind, texts: Sequence[str]) -> Any:
        return kind.read(texts) if texts and not kind.allowed(texts) else kind.default

    return {name: value(kind, params.get(name, ())) for name, kind in kinds.items()}


def strict(params: Params, kinds: Kinds) -> dict[str, Any]:
    """As `read`.

    Raises:
        SpecError: a parameter that no widget would take.
    """
    for name, refusal in refusals(params, kinds).items():
        message = f"{name} ({refusal.got!r}) must be {refusal.allowed}"
        raise SpecError(name, "link", message, got=refusal.got, allowed=refusal.allowed)
    return read(params, kinds)


def told(values: Mapping[str, Any], kinds: Kinds) -> dict[str, str | list[str]]:
    """Settings as a link says them; those that are as the page opens are left out."""
    return {name: in_link(value) for name, value in values.items() if one(value) != kinds[name].default}


def one(value: Any) -> Any:
    """Widgets give several words as a list, where it has a tuple."""
    return tuple(value) if isinstance(value, list) else value


def in_link(value: Any) -> str | list[str]:
    """One value as Streamlit writes it into the link; of several, the parameter is given once for each."""
    if isinstance(value, (list, tuple)):
        return [str(one) for one in value] or [""]
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _named(field: dataclasses.Field[Any]) -> Kind:
    """The kind of a field, with the table of its options' names."""
    kind: Kind = field.metadata["kind"]
    return dataclasses.replace(kind, names=kind.names or field.name)


class Settings:
    """Base of a page's settings, a frozen dataclass whose fields are made by the functions above."""

    link_prefix: ClassVar[str] = ""
    """What the parameters of the page begin with, since settings travel from page to page."""

    @classmethod
    @functools.cache
    def kinds(cls) -> Kinds:
        """Its settings, by parameter."""
        fields = dataclasses.fields(cls)  # type: ignore[arg-type]  # every subclass is a dataclass
        return MappingProxyType({cls.link_prefix + field.name: _named(field) for field in fields})

    @classmethod
    def refusals(cls, params: Params) -> dict[str, links.Refusal]:
        """The parameters of a link that will not be taken, by name."""
        return refusals(params, cls.kinds())

    @classmethod
    def read(cls, params: Params) -> Self:
        """The settings of a link, as the page opens where the link says nothing that can be taken."""
        return cls.of(read(params, cls.kinds()))

    @classmethod
    def strict(cls, params: Params) -> Self:
        """The settings of a link.

        Raises:
            SpecError: a parameter that no widget would take.
        """
        return cls.of(strict(params, cls.kinds()))

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Settings from the values of some of their parameters; None where a field was left empty that must not be."""
        given = {name: values[name] for name in cls.kinds() if values.get(name) is not None}
        return cls(**{name.removeprefix(cls.link_prefix): one(value) for name, value in given.items()})

    def values(self) -> dict[str, Any]:
        """Their values by parameter."""
        return {name: getattr(self, name.removeprefix(self.link_prefix)) for name in self.kinds()}

    def changed(self) -> dict[str, Any]:
        """Those that differ from their defaults, by parameter: what the link says."""
        kinds = self.kinds()
        return {name: value for name, value in self.values().items() if value != kinds[name].default}

    def told(self) -> dict[str, str | list[str]]:
        """Those that differ from their defaults, as a link says them."""
        return {name: in_link(value) for name, value in self.changed().items()}

    def in_spec(self, *, own: bool = True) -> dict[str, Any]:
        """The values of the spec's fields that settings fill.

        Args:
            own: those too that a trained model brings with it.
        """
        kinds, values = self.kinds(), self.values()
        return {kind.fills: values[name] for name, kind in kinds.items() if kind.fills and (own or not kind.own)}
