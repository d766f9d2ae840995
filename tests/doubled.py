"""A language `xx` made of the English one: every string stands twice.

What is cut, overlaps or is left in English then shows.
PhET's simulations are tested so, https://github.com/phetsims/phet-info/blob/main/doc/phet-development-overview.md
"""

import functools
import json
import shutil
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from attnlab import languages, paths, prose

CODE, TAG = "xx", "en-XA"
JOINT = " ‡ "
"""Between a string and itself; it stands in no English one."""
NO_WORDS = {"file", "icon", "default", "formula", "stage_formula", "url", "settings"}
"""Keys of what is no sentence: places, formulas and settings. What is typed stands in lists of its own."""
PAGES_IN_ENGLISH = ("guide.md",)
"""What the language lacks as a whole."""


def doubled(words: Any) -> Any:
    """Words with every string twice."""
    if isinstance(words, str):
        return f"{words}{JOINT}{words}"
    if isinstance(words, Mapping):
        return {key: one if key in NO_WORDS else doubled(one) for key, one in words.items()}
    if isinstance(words, list):
        return [one if isinstance(one, str) else doubled(one) for one in words]
    return words


def write_doubled(english: Path, folder: Path) -> None:
    """The language beside the English one."""
    for file in sorted(english.rglob("*.toml")):
        words = doubled(tomllib.loads(file.read_text(encoding="utf-8")))
        made = folder / file.relative_to(english)
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(_toml(words), encoding="utf-8")
    own = {
        "name": "Doubled",
        "tag": TAG,
        "plural": "one",
        "separator": " ‡, ",
        "last": " ‡, ",
        "clauses": "; ",
        "percent": "{number}%",
        "gap": " ",
    }
    frame = doubled(tomllib.loads((english / "language.toml").read_text(encoding="utf-8"))["frame"])
    (folder / "language.toml").write_text(_toml(own | {"frame": frame}), encoding="utf-8")


def _toml(words: Mapping[str, Any]) -> str:
    return "".join(f"{json.dumps(key)} = {_value(one)}\n" for key, one in words.items())


def _value(value: Any) -> str:
    """JSON's strings, numbers and truths are TOML's too; inline tables differ in their sign."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def prose_with_doubled(folder: Path) -> Path:
    """English and the doubled language in a folder of their own."""
    shutil.copytree(paths.PROSE / languages.ENGLISH, folder / languages.ENGLISH)
    write_doubled(folder / languages.ENGLISH, folder / CODE)
    return folder


@contextmanager
def spoken_here(folder: Path) -> Iterator[None]:
    """This process reads its words in another folder, until the block ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "PROSE", folder)
        _forget()
        yield
    _forget()


def _forget() -> None:
    for kept in (languages.offered, prose._page_prose, prose._page_text):
        kept.cache_clear()


def leaves(words: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every sentence with the keys that lead to it; where nothing is a sentence, nothing."""
    if isinstance(words, str):
        yield path, words
    elif isinstance(words, Mapping):
        for key, one in words.items():
            if key not in NO_WORDS:
                yield from leaves(one, (*path, key))
    elif isinstance(words, list):
        for index, one in enumerate(words):
            yield from () if isinstance(one, str) else leaves(one, (*path, str(index)))


@functools.cache
def english_sentences(shortest: int = 12) -> tuple[str, ...]:
    """Those without a blank, long enough that nothing else says the same."""
    files = sorted((paths.ROOT / "assets" / "prose" / languages.ENGLISH).glob("*.toml"))
    found = {text for file in files for _, text in leaves(tomllib.loads(file.read_text(encoding="utf-8")))}
    return tuple(one for one in found if "{" not in one and " " in one and len(one) >= shortest)


def left_in_english(shown: Iterable[str]) -> list[str]:
    """Those of what is shown in which an English sentence stands, and nothing twice."""
    return [text for text in shown if JOINT not in text and any(one in text for one in english_sentences())]
