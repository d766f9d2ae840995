"""Words for people, read from `assets/prose/<language>`. Code names a sentence; the file holds it."""

import functools
import tomllib
from typing import Any

import latex2mathml.converter

from attnlab.paths import PROSE

LANGUAGE = "en"


@functools.lru_cache(maxsize=256)
def page_prose(page: str, language: str = LANGUAGE) -> dict[str, Any]:
    """The prose of one page. Treat it as read-only: every session shares it."""
    words = tomllib.loads((PROSE / language / f"{page}.toml").read_text(encoding="utf-8"))
    if "stages" in words.get("stage", ()):
        words["stage"]["stages"] = _with_mathml(words["stage"]["stages"])
    return words


def _with_mathml(stages: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Each stage's prose and, beside its LaTeX `formula`, the same as `mathml`, which browsers draw by themselves."""
    return {
        name: words | {"mathml": latex2mathml.converter.convert(words["formula"])} for name, words in stages.items()
    }


def name_of(table: str, word: str, language: str = LANGUAGE) -> str:
    """What pages call an option of a setting, of which `word` is what the link says; numbers are their own names."""
    names: dict[str, str] = page_prose("names", language).get(table, {})
    return names.get(word, word)


@functools.lru_cache(maxsize=512)
def with_formulas(text: str) -> tuple[dict[str, str], ...]:
    """A sentence whose formulas stand between dollars, as {"text": ...} and {"mathml": ...} in their order."""
    parts = enumerate(text.split("$"))
    return tuple(_text_or_formula(part, place % 2 == 1) for place, part in parts if part)


def _text_or_formula(part: str, is_formula: bool) -> dict[str, str]:
    return {"mathml": latex2mathml.converter.convert(part)} if is_formula else {"text": part}


@functools.lru_cache(maxsize=32)
def page_text(page: str, language: str = LANGUAGE) -> str:
    """The Markdown of a page that is mostly text."""
    return (PROSE / language / f"{page}.md").read_text(encoding="utf-8")
