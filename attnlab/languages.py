"""Languages: which are offered, which of them a visitor gets, and the one in which the present run speaks.

A language is a folder of `assets/prose` with the frame's words (`site.toml`) and `language.toml`, which says what it
calls itself, its tag in HTML, its rule of plurals, and how it writes lists and shares. It belongs to a run of a script
or to a request, never to the process: two visitors of one process may have two.
"""

import functools
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from attnlab import paths

P = ParamSpec("P")
R = TypeVar("R")

ENGLISH = "en"
"""In which everything is said, and what another language lacks as a whole page."""
PARAMETER = "lang"
"""Of a link, on every page; its word is the name of a language's folder."""
NEEDED = ("language.toml", "site.toml")
"""Files without which a folder is no language yet."""
SAID = ("name", "tag", "plural", "separator", "last", "clauses", "percent", "gap")
"""What `language.toml` says, in the order of `Language`."""
LONGEST_HEADER = 1000  # characters of an Accept-Language that are read

PLURALS: Mapping[str, tuple[tuple[str, ...], Callable[[float], str]]] = {
    "other": (("other",), lambda _count: "other"),
    "one": (("one", "other"), lambda count: "one" if count == 1 else "other"),
}
"""Rules of plurals by name: CLDR's categories of the language, and the one of a count.

Source: Unicode CLDR, Language Plural Rules, https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html
"""


@dataclass(frozen=True)
class Language:
    """What a folder of words says of itself."""

    code: str  # its folder, and its word in links
    name: str  # in its own words
    tag: str  # as HTML names it (BCP 47)
    plural: str  # a rule of PLURALS
    separator: str  # between the words of a list
    last: str  # before the last of them
    clauses: str  # between what is listed and has commas of its own
    percent: str  # a share, with the blank {number}
    gap: str  # between two sentences

    @property
    def categories(self) -> tuple[str, ...]:
        """Its forms of a plural."""
        return PLURALS[self.plural][0]

    def category(self, count: float) -> str:
        """The form that a count needs."""
        return PLURALS[self.plural][1](count)


@functools.cache
def offered() -> Mapping[str, Language]:
    """By code: English first.

    Raises:
        ValueError: a folder whose `language.toml` lacks something: the app does not start with half a language.
    """
    folders = [folder for folder in paths.PROSE.iterdir() if all((folder / file).is_file() for file in NEEDED)]
    found = [_described(folder.name) for folder in folders]
    return {one.code: one for one in sorted(found, key=lambda one: (one.code != ENGLISH, one.code))}


def _described(code: str) -> Language:
    told = tomllib.loads((paths.PROSE / code / "language.toml").read_text(encoding="utf-8"))
    if lacking := [name for name in SAID if not isinstance(told.get(name), str)]:
        raise ValueError(f"assets/prose/{code}/language.toml must say {', '.join(SAID)}: it lacks {', '.join(lacking)}")
    if told["plural"] not in PLURALS:
        raise ValueError(f"plural ({told['plural']!r:.40}) of assets/prose/{code} must be one of {', '.join(PLURALS)}")
    return Language(code, *(told[name] for name in SAID))


# ---- the one of a visitor --------------------------------------------------------------------------------------------


def accepted(header: str) -> list[str]:
    """The tags of an Accept-Language header, the most wanted first.

    Source: RFC 9110, section 12.5.4, https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4
    """
    weighed = []
    for part in header[:LONGEST_HEADER].split(","):
        tag, _, weight = part.partition(";")
        wanted = _weight(weight.strip().removeprefix("q="))
        if tag.strip() and wanted > 0:
            weighed.append((wanted, tag.strip()))
    return [tag for _, tag in sorted(weighed, key=lambda pair: -pair[0])]


def _weight(text: str) -> float:
    """From 0 to 1; 1 where nothing is said, 0 where it is no weight."""
    return float(text or 1) if re.fullmatch(r"([01](\.[0-9]{0,3})?)?", text, re.ASCII) else 0.0


def preferred(tags: Iterable[str]) -> str:
    """The code of the first tag that is offered; of "zh-Hans-CN" also "zh-Hans" and "zh" are tried. Else English.

    Source: RFC 4647, section 3.4, https://www.rfc-editor.org/rfc/rfc4647#section-3.4
    """
    by_lower = {code.lower(): code for code in offered()}
    for tag in tags:
        parts = tag.lower().replace("_", "-").split("-")
        for length in range(len(parts), 0, -1):
            if code := by_lower.get("-".join(parts[:length])):
                return code
    return ENGLISH


# ---- the one of the present run --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spoken:
    """The language of a run or a request."""

    code: str = ENGLISH
    by_link: bool = False  # chosen in the link, which then says it to every page

    @property
    def in_link(self) -> dict[str, str]:
        """The parameters that keep it."""
        return {PARAMETER: self.code} if self.by_link else {}


def spoken(asked: str | None, tags: Iterable[str]) -> Spoken:
    """The language of a link's word, if it is offered; else that of a browser's tags."""
    return Spoken(asked, by_link=True) if asked in offered() and asked else Spoken(preferred(tags))


_DEFAULT = Spoken()
_PRESENT: ContextVar[Spoken] = ContextVar("language", default=_DEFAULT)


def present() -> Spoken:
    """The language of the present run; English where nobody has said another."""
    return _PRESENT.get()


def present_language() -> Language:
    """The same with all that its folder says of it."""
    return offered()[present().code]


@contextmanager
def speaking(language: Spoken) -> Iterator[None]:
    """Speak it until the block ends, in this thread and in what it hands its context to."""
    token = _PRESENT.set(language)
    try:
        yield
    finally:
        _PRESENT.reset(token)


def said_as_now(make: Callable[P, R]) -> Callable[P, R]:
    """A function that speaks the present language whenever it is called: at a click, where no run would know it."""
    spoken = present()

    @functools.wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> R:
        with speaking(spoken):
            return make(*args, **kwargs)

    return made
