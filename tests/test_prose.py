"""Every word a learner reads lies in assets/prose; code and JavaScript only name it."""

import ast
import functools
import re
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attnlab.engine.analysis.measures import OFFSETS
from attnlab.engine.sources.designed import DESIGNS
from attnlab.languages import offered
from attnlab.paths import ASSETS, PAGES, PROSE, ROOT
from attnlab.prose import page_prose, page_text
from attnlab.settings.attention import STAGES, VIEWS, Explorer
from tests.every_file import for_each

DEFAULTS = Explorer().values()

WORDS = page_prose("attention")
STAGE = WORDS["stage"]
UPPER_ROOMS = ("settings", "looks", "pictures", "notebook", "ui")
PYTHON = [file for room in UPPER_ROOMS for file in (ROOT / "attnlab" / room).rglob("*.py")]
PYTHON += [*PAGES.glob("*.py"), ROOT / "app.py"]
JAVASCRIPT = sorted(ASSETS.rglob("*.js"))


def leaves(words: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every sentence with the keys that lead to it."""
    if isinstance(words, str):
        yield path, words
    elif isinstance(words, dict):
        for key, value in words.items():
            yield from leaves(value, (*path, key))
    elif isinstance(words, list):
        for index, value in enumerate(words):
            yield from leaves(value, (*path, str(index)))


@pytest.mark.parametrize("language", list(offered()))
def test_every_file_parses_and_holds_no_empty_sentence_but_an_empty_formula(language: str) -> None:
    files = sorted(file for file in (PROSE / language).rglob("*") if file.is_file())
    assert {"language.toml", "site.toml"} <= {file.name for file in files}
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert text.strip()
        if file.suffix == ".toml":
            empty = [path for path, sentence in leaves(tomllib.loads(text)) if not sentence.strip()]
            assert all(path[-1] == "formula" or (file.name, path) == ("language.toml", ("gap",)) for path in empty)


def test_every_control_has_a_label_and_one_sentence_of_help() -> None:
    for name in set(DEFAULTS) - {"sentence"}:
        control = WORDS["controls"][name]
        assert control["label"]
        assert control["help"].endswith((".", "left empty.", "alone."))


def test_every_stage_and_view_has_its_words() -> None:
    for stage in STAGES:
        assert set(STAGE["stages"][stage]) == {"name", "line", "formula", "mathml"}
    assert set(VIEWS) <= set(STAGE["views"])


def test_every_pattern_that_a_head_can_be_named_after_has_a_word() -> None:
    patterns = {*OFFSETS, "first", "same word", "punctuation", "uniform", "nearby", "mixed"}
    patterns |= {design.name for design in DESIGNS}
    assert patterns <= set(STAGE["heads"]["labels"])


@pytest.mark.parametrize("stage", STAGES)
def test_every_formula_is_mathml_that_cannot_run_anything(stage: str) -> None:
    root = ET.fromstring(STAGE["stages"][stage]["mathml"])
    allowed = {"math", "mrow", "mi", "mn", "mo", "msub", "msup", "msubsup", "mfrac", "msqrt", "mtext", "mspace"}
    allowed |= {"mover", "munder", "munderover", "mstyle", "mpadded"}
    for element in root.iter():
        tag = element.tag.removeprefix("{http://www.w3.org/1998/Math/MathML}")
        assert tag in allowed
        assert not [name for name in element.attrib if name.lower().startswith("on") or "href" in name.lower()]


def test_no_stage_is_named_by_a_formula_that_shows_latex_commands() -> None:
    for stage in STAGES:
        shown = "".join(ET.fromstring(STAGE["stages"][stage]["mathml"]).itertext())
        assert "\\" not in shown


# --- what code asks for -----------------------------------------------------------------------------------------------


@functools.cache
def asked_for_in_javascript() -> set[tuple[str, ...]]:
    """Chains such as `header.text.tools.play`, written out in the JavaScript; a computed key ends the chain."""
    chains = set()
    for file in JAVASCRIPT:
        for chain in re.findall(r"\btext((?:\.\w+)+)", file.read_text(encoding="utf-8")):
            keys = tuple(chain.strip(".").split("."))
            if keys[0] in STAGE or keys[0] in {"tools", "hints", "views", "heads", "stages", "matrices", "arithmetic"}:
                chains.add(keys)
    return chains


def test_every_sentence_that_javascript_names_exists() -> None:
    chains = asked_for_in_javascript()
    assert {
        ("tools", "play"),
        ("hints", "start"),
        ("arithmetic",),
        ("stages",),
    } <= chains
    for keys in chains:
        words = STAGE
        for key in keys:
            assert key in words, ".".join(keys)
            words = words[key]


def test_every_line_of_arithmetic_that_javascript_names_exists() -> None:
    source = (ASSETS / "stage" / "drawing" / "explain.js").read_text(encoding="utf-8")
    lines = STAGE["arithmetic"]["lines"]
    for name in re.findall(r'\[\s*"(\w+)", \{', source):
        assert name in lines
    for source_name in ("designed", "random"):
        assert f"embedding_{source_name}" in lines


def test_every_key_of_the_page_that_python_names_exists() -> None:
    """Chains of literal keys on `words`, `page` or `said`, wherever in the prose they may begin."""
    files = [file.relative_to(PROSE / "en") for file in (PROSE / "en").rglob("*.toml")]
    pages = [page_prose(str(file.with_suffix(""))) for file in files]
    known = {key for page in pages for path, _ in leaves(page) for key in path}
    asked = set()
    for file in PYTHON:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                root = node.value
                while isinstance(root, ast.Subscript):
                    root = root.value
                name = root.attr if isinstance(root, ast.Attribute) else getattr(root, "id", "")
                key = node.slice.value
                if name in {"words", "page", "sections", "said", "knobs"} and isinstance(key, str):
                    asked.add(key)
    assert {"examples", "refused", "link_refused", "title"} <= asked
    assert asked <= known


# --- and nowhere else -------------------------------------------------------------------------------------------------

SHOWN_BY = {"markdown", "caption", "text", "write", "title", "header", "subheader", "error", "warning", "info"}
SHOWN_BY |= {"success", "button", "download_button", "menu_button", "link_button", "popover", "expander", "metric"}
SHOWN_BY |= {"selectbox", "text_input", "number_input", "segmented_control", "toggle", "slider", "live_slider"}
SHOWN_BY |= {"tabs", "Column", "Page"}
SHOWN_AS = {"label", "help", "placeholder", "title", "caption", "body", "page_title"}
LETTERS = re.compile(r"[^\W\d_]{2,}")


def shown_literals(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        shown = [keyword.value for keyword in node.keywords if keyword.arg in SHOWN_AS]
        shown += node.args[:1] if called in SHOWN_BY else []
        for value in shown:
            for part in value.values if isinstance(value, ast.JoinedStr) else [value]:
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and LETTERS.search(part.value):
                    yield f"{file.name}:{part.lineno}: {part.value}"


@for_each(PYTHON)
def test_python_shows_no_words_of_its_own(file: Path) -> None:
    assert list(shown_literals(file)) == []


def test_the_search_for_words_of_its_own_finds_some(tmp_path: Path) -> None:
    script = tmp_path / "page.py"
    script.write_text('st.caption("two words")\nst.toggle(label=f"on {x}")\nst.text(words["a"])\n', encoding="utf-8")
    assert len(list(shown_literals(script))) == 2


@for_each(JAVASCRIPT)
def test_javascript_shows_no_words_of_its_own(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    literal = r"""["'`](?:[^"'`$]*[^\W\d_]{2,})"""
    assert not re.findall(rf"\.(?:textContent|innerText|title|placeholder|alt)\s*=\s*{literal}", source)
    assert not re.findall(rf"""setAttribute\(["']aria-label["'],\s*{literal}""", source)
    assert not re.findall(rf"fillText\({literal}", source)


@for_each(sorted(ASSETS.rglob("*.html")))
def test_markup_holds_no_words(file: Path) -> None:
    text = re.sub(r"<[^>]*>", "", file.read_text(encoding="utf-8"))
    assert not text.strip()
    assert not re.findall(r'(?:title|aria-label|alt|placeholder)="', file.read_text(encoding="utf-8"))


# --- the guide --------------------------------------------------------------------------------------------------------


def test_the_guide_explains_every_key_of_the_keyboard() -> None:
    guide = page_text("guide")
    for key in ("arrows", "H, Shift+H", ", and .", "Space", "V", "N", "Esc", "W, Shift+W", "Enter", "M", "S", "X"):
        assert f"| {key} |" in guide
