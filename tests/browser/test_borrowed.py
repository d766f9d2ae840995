"""Streamlit's own words in the language of the page: menus, toolbars, fields, and what is left alone in them."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit
from playwright.sync_api import Locator, Page, expect
from streamlit.elements import exception

from attnlab.languages import ENGLISH
from attnlab.prose import page_prose
from attnlab.ui.document import BORROWED, document
from tests.test_prose_zh import ALLOWED, latin

pytestmark = pytest.mark.fresh
NewPage = Callable[..., Page]
THEIRS, OURS = (page_prose("borrowed", code)["words"] for code in (ENGLISH, "zh"))
WORDS = [[THEIRS[name], OURS[name]] for name in THEIRS]
SCRIPTS = Path(streamlit.__file__).parent / "static" / "static" / "js"


def test_each_word_is_one_that_streamlit_says() -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS.glob("*.js"))
    scripts += exception._GENERIC_UNCAUGHT_EXCEPTION_TEXT
    for name, theirs in THEIRS.items():
        for piece in re.split(r"\{\w+\}", theirs):
            assert piece in scripts, f"{name}: {piece!r}"


def test_english_pages_have_nothing_to_say_otherwise() -> None:
    assert BORROWED not in document("cost", ENGLISH)
    assert BORROWED in document("cost", "zh")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Main menu", "主菜单"),
        ("main menu", None),
        ("Fullscreen: a: b", "全屏：a: b"),
        ("a: b", None),
        ("5MB per file", "每个文件最大5MB"),
        ("2 of 7 results", "第2处，共7处"),
        ("12 more", "另外12页"),
        ("View 3 more", "再显示3页"),
        ("1 result", "1处"),
        ("2 of over 1000", "第2处，共1000处以上"),
        ("Press ⌘+Enter to apply", "按⌘+Enter确认"),
        ("Title text 'a'", "标题“a”"),
        ("Subtitle text 'a'", "副标题“a”"),
        ("Press Enter to win", None),
        ("", None),
    ],
)
def test_a_text_is_said_if_it_is_known_and_else_not(theirs: str, ours: str | None, modules: Page) -> None:
    assert modules.evaluate("([words, text]) => m.borrowed.saying(words)(text)", [WORDS, theirs]) == ours


def test_an_answer_that_looks_like_theirs_is_said_once(modules: Page) -> None:
    said = modules.evaluate(
        """async () => {
          const told = document.head.appendChild(document.createElement("meta"));
          told.name = "borrowed-words";
          told.content = JSON.stringify([["{size} per file", "{size} per file, {size} per file"]]);
          m.borrowed.speakForOthers(document);
          const root = document.body.appendChild(document.createElement("div"));
          root.innerHTML = '<div data-testid="stFileUploader" title="1MB per file">5MB per file</div>';
          for (let turn = 0; turn < 9; turn += 1) await new Promise((done) => setTimeout(done));
          const texts = [root.textContent, root.firstChild.title];
          root.remove();
          told.remove();
          return texts;
        }"""
    )
    assert said == ["5MB per file, 5MB per file", "1MB per file, 1MB per file"]


def test_what_is_added_or_changes_is_said_and_data_are_left_alone(modules: Page) -> None:
    said: list[Any] = modules.evaluate(
        """async (words) => {
          const told = document.head.appendChild(document.createElement("meta"));
          told.name = "borrowed-words";
          told.content = JSON.stringify(words);
          m.borrowed.speakForOthers(document);
          const root = document.body.appendChild(document.createElement("div"));
          root.innerHTML = `<p>Search</p><div data-testid="stElementToolbar"><button aria-label="Search">Search</button>
            <i data-testid="stIconMaterial">Search</i></div><div data-testid="stSelectboxVirtualDropdown">
            <p role="option" id="own">Open</p><p>No results</p></div>`;
          const settled = () => new Promise((done) => setTimeout(done));
          await settled();
          const texts = () => [...root.querySelectorAll("p, button, i")].map((each) => each.textContent);
          const first = [texts(), root.querySelector("button").getAttribute("aria-label")];
          root.querySelector("button").firstChild.data = "Fullscreen";
          root.querySelector("button").setAttribute("aria-label", "Close fullscreen");
          root.querySelector("[role=option]").firstChild.data = "Close";
          await settled();
          const then = [texts(), root.querySelector("button").getAttribute("aria-label")];
          root.remove();
          told.remove();
          return [first, then];
        }""",
        WORDS,
    )
    assert said == [
        [["Search", "搜索", "Search", "Open", "没有匹配项"], "搜索"],
        [["Search", "全屏", "Search", "Close", "没有匹配项"], "退出全屏"],
    ]


SAID = """(root) => [root, ...root.querySelectorAll("*")]
  .filter((each) => each.checkVisibility() && !each.matches("[data-testid=stIconMaterial]"))
  .flatMap((each) => [
    ...[...each.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data),
    ...["alt", "aria-label", "aria-roledescription", "placeholder", "title"].map((name) => each.getAttribute(name)),
  ])"""
"""All that is read of an element, or read out."""


def english(of: Locator) -> set[str]:
    """The English words in an element of a Chinese page."""
    found: list[str | None] = of.evaluate(SAID)
    return {word for text in found if text for word in latin(text) - ALLOWED if not re.fullmatch(r"v?[\d.]+\w*", word)}


def test_menu_toolbars_search_and_the_field_of_a_file_are_chinese(new_page: NewPage) -> None:
    page = new_page("/classify?lang=zh", height=2400)
    page.get_by_test_id("stMainMenuButton").click()
    menu = page.get_by_test_id("stMainMenuPopover")
    expect(menu).to_contain_text("打印")
    assert english(menu) == set()
    page.keyboard.press("Escape")
    assert english(page.get_by_test_id("stHeader")) <= {"Transformer"}
    for name in ("cl_keep", "cl_texts", "cl_noise"):
        page.locator(f".st-key-{name} summary").click()
    uploader = page.get_by_test_id("stFileUploader")
    expect(uploader).to_contain_text("上传")
    assert english(uploader) == set()
    chart = page.get_by_test_id("stVegaLiteChart").first
    assert english(chart) == set()
    chart.hover()
    for toolbar in page.get_by_test_id("stElementToolbar").all():
        assert english(toolbar) == set()
    table = page.get_by_test_id("stDataFrame").first
    table.hover()
    table.get_by_role("button", name="搜索").dispatch_event("click")
    search = page.locator(".gdg-search-bar")
    expect(search).to_contain_text("输入要找的内容")
    page.keyboard.type("a")
    expect(search).to_contain_text("处")
    assert english(search) == set()


def test_a_list_says_in_chinese_what_it_offers_by_itself_and_that_it_has_no_match(new_page: NewPage) -> None:
    page = new_page("/compare?lang=zh")
    chosen = page.get_by_test_id("stMultiSelect").first
    assert english(chosen) == set()
    chosen.get_by_role("combobox").click()
    expect(page.get_by_test_id("stMultiSelectDropdown").get_by_role("option").first).to_have_text("全选")
    page.keyboard.type("zzz")
    expect(page.get_by_test_id("stMultiSelectDropdown")).to_have_text("没有匹配项")
