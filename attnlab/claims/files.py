"""A claim: which experiment tests it, by which thresholds, its sources, and where to look. Read from a file each.

    assets/claims/<name>.toml             what is read here
    assets/prose/en/claims/<name>.toml    its words

A teacher adds one by adding the two. A file may name an experiment, comparators and numbers; it holds no expression.
"""

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from attnlab.claims.experiments import EXPERIMENTS
from attnlab.claims.verdicts import COMPARATORS, VERDICTS, Condition, Rule, VerdictName
from attnlab.engine import SpecError
from attnlab.paths import ASSETS

FOLDER = ASSETS / "claims"
NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
ADDRESS = re.compile(r"https://[a-z0-9.-]+/[\w./%()-]*")
LINK = re.compile(r"\./[a-z]*(?:\?[\w.+%=&-]+)?", re.ASCII)

TopicName = Literal["weights", "order", "heads", "layers", "cost", "tasks", "meaning", "mistake"]
ChartName = Literal["lines", "bars"]
TOPICS: tuple[TopicName, ...] = get_args(TopicName)
CHARTS: tuple[ChartName, ...] = get_args(ChartName)
KEYS = {"experiment", "topic", "chart", "verdicts", "sources", "checked", "links"}
CHECKED = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]: \S.{10,200}")
"""A day, and what was read."""
CHART_KEYS = {"kind", "log_at", "log_value", "share"}


@dataclass(frozen=True)
class Chart:
    """How the figures are drawn."""

    kind: ChartName
    log_at: bool = False
    log_value: bool = False
    share: bool = False  # values are shares of 1


@dataclass(frozen=True)
class Claim:
    """One statement and what decides on it."""

    name: str
    topic: TopicName  # "mistake" of a formula that was printed wrong
    experiment: str  # a key of `EXPERIMENTS`
    chart: Chart
    rules: tuple[Rule, ...]
    sources: tuple[str, ...]  # addresses of papers
    checked: str  # when what is quoted of them was held against their texts, and where it stands there
    links: Mapping[str, str]  # pages of the app with their state, by the name of their words


def claim_names() -> tuple[str, ...]:
    """All that there is, in the order of the alphabet."""
    return _names(FOLDER)


@functools.lru_cache(maxsize=256)
def claim(name: str) -> Claim:
    """A claim by name.

    Raises:
        SpecError: there is none of that name, or its file is not as it should be; the message names the file's key.
    """
    if name not in claim_names():
        message = f"claim ({name!r:.60}) must be one of {', '.join(claim_names())}"
        raise SpecError("claim", "choice", message, got=name, choices=claim_names())
    return read_claim(FOLDER / f"{name}.toml")


def read_claim(path: Path) -> Claim:
    """The claim of a file.

    Raises:
        SpecError: it is not as it should be; the message names the file and its key.
        OSError: it cannot be read.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _refused(path.stem, "file", error, "TOML in UTF-8") from error
    return _checked(path.stem, told)


@functools.cache
def _names(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder.glob("*.toml") if NAME.fullmatch(path.stem)))


def _checked(name: str, told: Mapping[str, Any]) -> Claim:
    if unknown := sorted(told.keys() - KEYS):
        raise _refused(name, unknown[0], unknown[0], f"left out: a claim has {', '.join(sorted(KEYS))}")
    links = told.get("links", {})
    if not isinstance(links, dict):
        raise _refused(name, "links", links, "a table of relative links")
    for key, link in links.items():
        if not isinstance(link, str) or LINK.fullmatch(link) is None:
            raise _refused(name, f"links.{key}", link, "a relative link such as ./blocks?stack_depth=3")
    sources = told.get("sources", [])
    if not isinstance(sources, list) or not sources or not all(_is_address(one) for one in sources):
        raise _refused(name, "sources", sources, "a list of https addresses, at least one")
    checked = told.get("checked")
    if not isinstance(checked, str) or CHECKED.fullmatch(checked) is None:
        raise _refused(name, "checked", checked, "a day and what was read, such as 2026-11-28: table 3, section 6.2")
    return Claim(
        name=name,
        topic=cast("TopicName", _one_of(name, "topic", told.get("topic"), TOPICS)),
        experiment=_one_of(name, "experiment", told.get("experiment"), tuple(EXPERIMENTS)),
        chart=_chart(name, told.get("chart")),
        rules=_rules(name, told.get("verdicts")),
        sources=tuple(sources),
        checked=checked,
        links=dict(links),
    )


def _is_address(told: object) -> bool:
    return isinstance(told, str) and ADDRESS.fullmatch(told) is not None


def _chart(name: str, told: Any) -> Chart:
    if not isinstance(told, dict) or not told.keys() <= CHART_KEYS:
        raise _refused(name, "chart", told, f"a table of {', '.join(sorted(CHART_KEYS))}")
    flags = {key: value for key, value in told.items() if key != "kind"}
    if not all(isinstance(value, bool) for value in flags.values()):
        raise _refused(name, "chart", told, "true or false for all but its kind")
    return Chart(cast("ChartName", _one_of(name, "chart.kind", told.get("kind"), CHARTS)), **flags)


def _rules(name: str, told: Any) -> tuple[Rule, ...]:
    if not isinstance(told, list) or not told:
        raise _refused(name, "verdicts", told, "a list of rules, at least one")
    return tuple(_rule(name, one) for one in told)


def _rule(name: str, told: Any) -> Rule:
    if not isinstance(told, dict) or told.keys() != {"is", "when"} or not isinstance(told["when"], list):
        raise _refused(name, "verdicts", told, 'a verdict "is" and a list "when"')
    if not told["when"]:
        raise _refused(name, "when", told["when"], "at least one condition")
    verdict = cast("VerdictName", _one_of(name, "is", told["is"], VERDICTS))
    return Rule(verdict, tuple(_condition(name, one) for one in told["when"]))


def _condition(name: str, told: Any) -> Condition:
    wanted = f'a "number" and one of {", ".join(COMPARATORS)}'
    if not isinstance(told, dict) or len(told) != 2 or not isinstance(told.get("number"), str):
        raise _refused(name, "when", told, wanted)
    (comparator,) = told.keys() - {"number"}
    than = told[comparator]
    if comparator not in COMPARATORS or isinstance(than, bool) or not isinstance(than, str | int | float):
        raise _refused(name, "when", told, wanted)
    return Condition(told["number"], comparator, than if isinstance(than, str) else float(than))


def _one_of(name: str, key: str, told: object, options: tuple[str, ...]) -> str:
    if not isinstance(told, str) or told not in options:
        raise _refused(name, key, told, f"one of {', '.join(options)}")
    return told


def _refused(name: str, key: str, got: object, allowed: str) -> SpecError:
    message = f"{key} of claim {name} ({got!r:.80}) must be {allowed}"
    return SpecError(key, "form", message, got=str(got))
