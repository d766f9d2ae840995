"""Words for people, read from `assets/prose/<language>`. Code names a sentence; the file holds it."""

import functools
import tomllib
from typing import Any

import latex2mathml.converter

from attnlab.paths import PROSE

LANGUAGE = "en"


@functools.lru_cache(maxsize=32)
def page_prose(page: str, language: str = LANGUAGE) -> dict[str, Any]:
    """The prose of one page. Treat it as read-only: every session shares it."""
    words = tomllib.loads((PROSE / language / f"{page}.toml").read_text(encoding="utf-8"))
    if "stage" in words:
        words["stage"]["stages"] = _with_mathml(words["stage"]["stages"])
    return words


def _with_mathml(stages: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Each stage's prose and, beside its LaTeX `formula`, the same as `mathml`, which browsers draw by themselves."""
    return {
        name: words | {"mathml": latex2mathml.converter.convert(words["formula"])} for name, words in stages.items()
    }


@functools.lru_cache(maxsize=32)
def page_text(page: str, language: str = LANGUAGE) -> str:
    """The Markdown of a page that is mostly text."""
    return (PROSE / language / f"{page}.md").read_text(encoding="utf-8")
