"""Words for people, read from `assets/prose/<language>`. Code names a sentence; the file holds it.

Where no language is named it is that of the present run (`languages.py`). A page that a language lacks is in English.
"""

import functools
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ParamSpec, TypeAlias, TypeVar
from urllib.parse import urlencode

import latex2mathml.converter

from attnlab import paths
from attnlab.byte_cache import SHARED, Kept
from attnlab.languages import ENGLISH, Spoken, present, present_language

P = ParamSpec("P")
R = TypeVar("R")

Sentence: TypeAlias = str | Mapping[str, str]
"""With {blanks}; one with a count may be a table of its forms by CLDR category, {one = "...", other = "..."}."""


def page_prose(page: str, language: str = "") -> dict[str, Any]:
    """The prose of one page. Treat it as read-only: every session shares it."""
    return _page_prose(page, language or present().code)


@functools.cache
def _page_prose(page: str, language: str) -> dict[str, Any]:
    words = tomllib.loads(_file(f"{page}.toml", language).read_text(encoding="utf-8"))
    if language != ENGLISH:
        words = _filled(words, tomllib.loads(_file(f"{page}.toml", ENGLISH).read_text(encoding="utf-8")))
    if "stages" in words.get("stage", ()):
        words["stage"]["stages"] = _with_mathml(words["stage"]["stages"])
    return words


def _filled(words: dict[str, Any], english: Mapping[str, Any]) -> dict[str, Any]:
    """Words with the English ones that they lack: a translation that is behind says less, but no page fails for it."""
    both = {key: (words[key], english[key]) for key in words.keys() & english.keys()}
    inner = {key: _filled(*two) for key, two in both.items() if all(isinstance(one, dict) for one in two)}
    return {**english, **words, **inner}


def _file(name: str, language: str) -> Path:
    """That of the language, or the English one where it has none."""
    own = paths.PROSE / language / name
    return own if own.is_file() else paths.PROSE / ENGLISH / name


def _with_mathml(stages: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Each stage's prose and, beside its LaTeX `formula`, the same as `mathml`, which browsers draw by themselves."""
    return {
        name: words | {"mathml": latex2mathml.converter.convert(words["formula"])} for name, words in stages.items()
    }


SPECIAL = "special"
"""The table of tokens that are no words."""


def names_in(table: str, language: str = "") -> dict[str, str]:
    """What pages call things, by the word of links or code; nothing where there is no such table."""
    names: dict[str, str] = page_prose("names", language).get(table, {})
    return names


def name_of(table: str, word: str, language: str = "") -> str:
    """What pages call an option of a setting, of which `word` is what the link says; numbers are their own names."""
    return names_in(table, language).get(word, word)


def token_name(token: str, task: str = "") -> str:
    """What pages call a token: one that is no word, such as "<end>", or one of which a task's sequences are made."""
    return name_of(SPECIAL, name_of(task, token))


def counted(sentence: Sentence, count: float, /, **values: Any) -> str:
    """A sentence with its blanks filled, in the form that the present language has for a count.

    Args:
        sentence: one that has been translated as a whole, or its forms.
        count: which chooses the form, and fills the blank {count} unless a value does.
        values: of the blanks.
    """
    form = sentence if isinstance(sentence, str) else sentence[_category(sentence, count)]
    return form.format(**{"count": count, **values})


def _category(forms: Mapping[str, str], count: float) -> str:
    """Of a page that is in English for want of its own, English forms."""
    category = present_language().category(count)
    return category if category in forms else "other"


def listed(words: Iterable[str]) -> str:
    """Words as the present language lists them, in the browser `Intl.ListFormat`."""
    language, told = present_language(), list(words)
    before = [language.separator.join(told[:-1])] if told[1:] else []
    return language.last.join([*before, *told[-1:]])


def listed_clauses(clauses: Iterable[str]) -> str:
    """What is more than words, as the present language lists it."""
    return present_language().clauses.join(clauses)


def in_a_row(sentences: Iterable[str]) -> str:
    """Whole sentences one after the other, as the present language sets them."""
    return present_language().gap.join(sentences)


def percent(share: float, digits: int = 0) -> str:
    """A share as the present language writes it: "69%", "69 %" in German.

    Args:
        share: 1 is the whole.
        digits: behind the point.
    """
    return present_language().percent.format(number=f"{100 * share:.{digits}f}")


def pages(language: str = "") -> list[dict[str, Any]]:
    """The pages as the frame names them, in English order; one that a language does not name is in English."""
    named = {entry["file"]: entry for entry in page_prose("site", language)["pages"]}
    return [named.get(entry["file"], entry) for entry in page_prose("site", ENGLISH)["pages"]]


@functools.lru_cache(maxsize=512)
def with_formulas(text: str) -> tuple[dict[str, str], ...]:
    """A sentence whose formulas stand between dollars, as {"text": ...} and {"mathml": ...} in their order."""
    parts = enumerate(text.split("$"))
    return tuple(_text_or_formula(part, place % 2 == 1) for place, part in parts if part)


def _text_or_formula(part: str, is_formula: bool) -> dict[str, str]:
    return {"mathml": latex2mathml.converter.convert(part)} if is_formula else {"text": part}


def page_text(page: str, language: str = "") -> str:
    """The Markdown of a page that is mostly text."""
    return _page_text(page, language or present().code)


@functools.cache
def _page_text(page: str, language: str) -> str:
    return _file(f"{page}.md", language).read_text(encoding="utf-8")


# ---- links and caches ------------------------------------------------------------------------------------------------


def address(page: str, params: Mapping[str, Any]) -> str:
    """The address of a page of ours, seen from any page, with these parameters and the language that the link says.

    Args:
        page: its path; empty for the explorer.
        params: texts by name, or several of one name.
    """
    query = urlencode({**params, **present().in_link}, doseq=True)
    return f"./{page}?{query}" if query else f"./{page}"


def with_addresses(markdown: str) -> str:
    """Markdown whose links name our pages from the root, as it is shown beside them, wherever the app itself is."""
    kept = urlencode(present().in_link)

    def own(link: re.Match[str]) -> str:
        path, query = link["path"], link["query"]
        said = "&".join(part for part in (query, kept) if part)
        return f"](./{path}?{said})" if said else f"](./{path})"

    return re.sub(r"\]\(/(?P<path>[^?)\s]*)\??(?P<query>[^)\s]*)\)", own, markdown)


def once_a_language(most: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep what a function gives by its arguments and the present language, of which it holds words or links.

    Args:
        most: how many values.
    """

    def keep(function: Callable[P, R]) -> Callable[P, R]:
        @functools.lru_cache(maxsize=most)
        def of(_language: Spoken, *args: P.args, **kwargs: P.kwargs) -> R:
            return function(*args, **kwargs)

        return functools.wraps(function)(lambda *args, **kwargs: of(present(), *args, **kwargs))

    return keep


def kept_by_language(function: Callable[P, R]) -> Kept[P, R]:
    """As `byte_cache.kept`, of values that hold words: those of each language apart."""
    return Kept(function, SHARED, lambda: present().code)
