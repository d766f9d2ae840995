"""Languages in a browser: how modules count, list and break lines, what is typed with an input method, and a second
language on real pages, for two visitors at once."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from attnlab.languages import PLURALS, Spoken, offered, speaking
from attnlab.prose import listed, page_prose, percent
from attnlab.ui.kit.visitor import COOKIE, new_secret
from tests.browser.chromium import wait_until_settled
from tests.browser.in_two_languages import app_in_two_languages
from tests.browser.navigation import page_link
from tests.browser.painted import NOTES, out_of_place, sizes, written
from tests.browser.seen_page import seen, sideways, stand_still
from tests.doubled import CODE, JOINT, PAGES_IN_ENGLISH, TAG, doubled
from tests.products import alike

TAGS = {"other": "zh-CN", "one": "en"}
"""A language for each rule of plurals, as browsers know it."""
HAN = "我喜欢自然语言处理，因为它（有时）说：“你好！”"

# --- counts and lists -------------------------------------------------------------------------------------------------


@pytest.fixture
def spoken(modules: Page) -> Iterator[Callable[[str], Page]]:
    """The page of modules in a language."""

    def speak(tag: str) -> Page:
        modules.evaluate("(tag) => { document.documentElement.lang = tag; }", tag)
        return modules

    yield speak
    speak("")


@pytest.mark.parametrize("rule", PLURALS)
def test_python_and_the_browser_choose_the_same_form_for_every_count(rule: str, spoken: Callable[[str], Page]) -> None:
    assert set(TAGS) == set(PLURALS)
    categories, category = PLURALS[rule]
    counts = [*range(32), 100, 101, 1000, 1_000_000, 0.5, 1.5]
    forms = {name: name for name in categories}
    said = spoken(TAGS[rule]).evaluate(
        "([forms, counts]) => counts.map((count) => m.text.fill(forms, { count }))", [forms, counts]
    )
    assert said == [category(count) for count in counts]
    languages = [one.tag for one in offered().values() if one.plural == rule]
    told = modules_categories(spoken(TAGS[rule]), languages)
    assert all(set(one) == set(categories) for one in told)


def modules_categories(page: Page, tags: list[str]) -> list[list[str]]:
    script = "(tags) => tags.map((tag) => new Intl.PluralRules(tag).resolvedOptions().pluralCategories)"
    found: list[list[str]] = page.evaluate(script, tags)
    return found


def test_a_form_that_is_missing_gives_way_to_the_other(spoken: Callable[[str], Page]) -> None:
    script = "() => m.text.fill({ other: '{count} left' }, { count: 1 }) + m.text.fill('{count} and {x}', { count: 1 })"
    assert spoken("en").evaluate(script) == "1 left1 and {x}"


def test_words_are_listed_as_the_language_does(spoken: Callable[[str], Page]) -> None:
    assert spoken("zh-CN").evaluate("() => m.text.listed(['猫', '狗', '鸟'])") == "猫、狗、鸟"
    for code, language in offered().items():
        for words in ([], ["it"], ["it", "its"], ["it", "its", "they"]):
            with speaking(Spoken(code)):
                assert spoken(language.tag).evaluate("(words) => m.text.listed(words)", words) == listed(words)


def test_a_share_is_written_as_the_language_does_in_python_and_in_the_browser(
    spoken: Callable[[str], Page],
) -> None:
    for code, language in offered().items():
        with speaking(Spoken(code)):
            told = [percent(share) for share in (0, 0.456, 1)]
        assert spoken(language.tag).evaluate("() => [0, 0.456, 1].map(m.text.percent)") == told
    told = ["50\u00a0%", "0.4\u00a0%"]  # with the point that all numbers have, also those that Python writes
    assert spoken("de").evaluate("() => [0.5, 0.004].map(m.text.percent)") == told


def test_tokens_are_joined_without_spaces_where_a_script_has_none(modules: Page) -> None:
    def joined(*tokens: str) -> str:
        text: str = modules.evaluate("(tokens) => m.text.joined(tokens)", list(tokens))
        return text

    assert joined("The", "cat", "sat", ".") == "The cat sat."
    assert joined(*"我喜欢猫，猫也喜欢我。") == "我喜欢猫，猫也喜欢我。"
    assert joined("我", "用", "Python", "3", "写", "。") == "我用Python 3写。"
    assert joined("𠀀", "𠀁", "a", "ではない", "이", "다") == "𠀀𠀁aではない이다"
    assert joined() == ""


# --- lines ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [2, 3, 4, 5, 7, 11])
def test_no_line_begins_with_what_closes_nor_ends_with_what_opens(most: int, modules: Page) -> None:
    text = HAN * 3 + "see https://a.example/?b=1&c=2 and 100%。"
    lines: list[str] = modules.evaluate(
        "([text, most]) => m.lines.linesOf(text, (line) => [...line].length <= most)", [text, most]
    )
    whole = [line for line in lines if len(line) > 1]
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(len(line) <= most for line in lines)
    if most > 4:  # a closing sign that had no room beside what it closes stands alone
        assert not [line for line in whole if line[0] in "。，；：！？）》”" or line[-1] in "（《“"]


def test_latin_is_broken_at_spaces_alone_and_within_a_word_that_is_too_long(modules: Page) -> None:
    script = "(text) => m.lines.linesOf(text, (line) => line.length <= 10)"
    assert modules.evaluate(script, "one two three, four") == ["one two", "three,", "four"]
    assert modules.evaluate(script, "a?bb=1&cc=2222 and") == ["a?bb=1&", "cc=2222", "and"]
    assert modules.evaluate(script, "a?bb=1&cc=22222222") == ["a?bb=1&cc=", "22222222"]
    assert modules.evaluate(script, "") == [""]


def test_a_saved_picture_has_its_caption_in_lines_and_han_in_twelve_pixels(modules: Page) -> None:
    texts: list[list[Any]] = modules.evaluate(
        """async (text) => {
          const colors = { background: "#fff", ink: "#000", soft: "#555", sans: "sans-serif", mono: "monospace" };
          const caption = [{ style: "strong", text }, { style: "small", text }, { style: "small", text: "latin" }];
          const size = { width: 100, height: 20 };
          const picture = { name: "x", ...size, caption, colors, paint: () => {}, scales: [], legend: {} };
          const file = await m.save.svgFile(picture).text();
          const texts = new DOMParser().parseFromString(file, "image/svg+xml").querySelectorAll("text");
          return [...texts].map((each) => [each.textContent, Number(each.getAttribute("font-size"))]);
        }""",
        HAN,
    )
    han = [(line, size) for line, size in texts if line != "latin"]
    assert "".join(line for line, _ in han) == HAN * 2
    assert len(han) > 4
    assert not [line for line, _ in han if line[0] in "，。：！）”" or line[-1] in "（“"]
    assert {size for _, size in han} == {16, 12}
    assert texts[-1] == ["latin", 11.5]


# --- upright ----------------------------------------------------------------------------------------------------------


def test_scripts_that_are_never_turned_are_known(modules: Page) -> None:
    upright = ["我", "かな", "カナ", "한글", "。", "Ａ", "a我"]
    turned = ["a", "ä", "ب", "3", ".", "🇫🇷", ""]
    assert modules.evaluate("(texts) => texts.map(m.upright.isUpright)", upright) == [True] * len(upright)
    assert modules.evaluate("(texts) => texts.map(m.upright.isUpright)", turned) == [False] * len(turned)


def test_letters_stand_one_below_the_other_as_far_as_there_is_room(modules: Page) -> None:
    script = "([text, room]) => m.upright.stacked(text, room, 12)"
    assert modules.evaluate(script, ["自然语言", 60]) == ["自", "然", "语", "言"]
    assert modules.evaluate(script, ["自然语言", 40]) == ["自", "然", "⋮"]
    assert modules.evaluate(script, ["自然", 1]) == ["⋮"]
    assert modules.evaluate(
        "() => [m.upright.legible('我', 9), m.upright.legible('a', 5), m.upright.legible('我', 15)]"
    ) == [*(12, 9, 15)]
    drawn = "(chosen) => [0, 1, 2, 3, 4, 5, 6].filter(m.upright.namesDrawn(Array(7).fill('我'), 5, 9, chosen))"
    assert modules.evaluate(drawn, None) == [0, 3, 6]
    assert modules.evaluate(drawn, 4) == [0, 4]
    assert modules.evaluate("() => [m.upright.everyOf(['a'], 10, 10), m.upright.everyOf(['a', '我'], 10, 10)]") == [
        1,
        2,
    ]


def test_heads_of_columns_in_han_are_painted_upright_and_others_slanted(modules: Page) -> None:
    painted: list[dict[str, Any]] = modules.evaluate(
        """() => {
          const painted = [];
          const context = document.createElement("canvas").getContext("2d");
          const write = context.fillText.bind(context);
          context.fillText = (text, ...at) => {
            const { b, e, f } = context.getTransform();
            const [size] = context.font.match(/[\\d.]+(?=px)/);
            painted.push({ text, turned: b !== 0, x: e + at[0], y: f + at[1], size: Number(size) });
            write(text, ...at);
          };
          const colors = m.colors.themeOf(document.body);
          const labelRoom = { row: 50, column: 70, stack: 60 };
          const scene = { rowLabels: [], columnLabels: [{ x: 0, y: 80, cw: 16 }], labelRoom };
          m.draw.paintLabels(context, scene, { tokens: ["自然", "cat"] }, { query: null, key: null }, colors);
          return painted;
        }"""
    )
    assert [(one["text"], one["turned"]) for one in painted] == [("自", False), ("然", False), ("cat", True)]
    first, second, _ = painted
    assert first["x"] == second["x"] == 8
    assert 12 <= second["y"] - first["y"] <= 16
    assert first["size"] == 12


def test_canvases_have_han_fonts_behind_the_theme_s(modules: Page) -> None:
    fonts = modules.evaluate("() => { const { sans, mono } = m.colors.themeOf(document.body); return [sans, mono]; }")
    assert all("Noto Sans CJK SC" in font and "PingFang SC" in font for font in fonts)
    assert fonts[0].startswith("sans-serif")


# --- input methods ----------------------------------------------------------------------------------------------------


def test_nothing_is_asked_while_a_syllable_is_composed(modules: Page) -> None:
    asked: list[str] = modules.evaluate(
        """async () => {
          const root = document.body.appendChild(document.createElement("div"));
          root.className = "st-key-sentence";
          const field = root.appendChild(document.createElement("input"));
          const ahead = new m.ahead.Ahead(() => {}, () => ({}));
          const asked = [];
          ahead.fetched = async (link) => { asked.push(link); return null; };
          const type = (value, isComposing) => {
            field.value = value;
            field.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing }));
          };
          field.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
          for (const half of ["w", "wo", "wo x", "wo xi"]) type(half, true);
          await Promise.resolve();
          asked.push("|");
          field.value = "我喜";
          field.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true, data: "我喜" }));
          await new Promise((done) => setTimeout(done));
          type("我喜a", false);
          await new Promise((done) => setTimeout(done));
          ahead.dispose();
          root.remove();
          return asked.map(decodeURIComponent);
        }"""
    )
    assert asked == ["|", "sentence=我喜", "sentence=我喜a"]


def test_a_picture_is_asked_for_in_the_language_of_the_page(modules: Page) -> None:
    asked = modules.evaluate(
        """async () => {
          document.documentElement.dataset.language = "xx";
          const ahead = new m.ahead.Ahead(() => {}, () => ({}));
          const asked = [];
          ahead.fetched = async (link) => { asked.push(link); return null; };
          await ahead.ask({ heads: 4 });
          await ahead.ask({ lang: "en" });
          ahead.dispose();
          delete document.documentElement.dataset.language;
          return asked;
        }"""
    )
    assert asked == ["heads=4&lang=xx", "lang=en"]


def test_a_link_to_another_language_keeps_all_else(modules: Page) -> None:
    said = modules.evaluate("() => m.languages.inLanguage('http://a.example/lab/?heads=4&lang=en&s=1.x#y', 'zh')")
    assert said == "http://a.example/lab/?heads=4&lang=zh&s=1.x#y"


@pytest.mark.parametrize(
    ("search", "link", "address"),
    [
        ("", "heads=2", "./class?heads=2"),
        ("?room=X&lang=zh", "heads=2", "./class?heads=2&lang=zh"),
        ("?lang=zh", "", "./class?lang=zh"),
        ("?lang=zh", "lang=en", "./class?lang=en"),
        ("?lang=%26x=1", "", "./class?lang=%26x%3D1"),
        ("?", "", "./class"),
    ],
)
def test_a_link_to_a_page_keeps_the_language_that_the_address_names(
    search: str, link: str, address: str, modules: Page
) -> None:
    script = "([link, here]) => m.pages.pageAddress('class', link, here)"
    assert modules.evaluate(script, [link, {"search": search}]) == address


# --- the app in two languages -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bilingual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address."""
    with app_in_two_languages(tmp_path_factory.mktemp("app")) as server:
        yield server.url


@pytest.fixture
def visitor(browser: Browser, bilingual: str) -> Iterator[Callable[..., Page]]:
    """Opens pages, each by a visitor of its own: `visitor(path, accepts="en", width=1280, height=900) -> Page`."""
    contexts: list[BrowserContext] = []

    def opened(path: str, accepts: str = "en", width: int = 1280, height: int = 900) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            extra_http_headers={"Accept-Language": accepts},
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.add_cookies([{"name": COOKIE, "value": new_secret(), "url": bilingual}])
        page = context.new_page()
        page.add_init_script(NOTES)
        page.goto(bilingual + path, wait_until="domcontentloaded")
        return settled(page)

    yield opened
    for context in contexts:
        context.close()


def settled(page: Page) -> Page:
    wait_until_settled(page)
    stand_still(page)
    return page


def params(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def title_of(file: str) -> str:
    document: str = next(entry["document"] for entry in page_prose("site")["pages"] if entry["file"] == file)
    return document


def stage_words(page: Page) -> str:
    return "".join(page.locator(".st-key-stage_canvas button").all_inner_texts())


def test_the_switch_says_a_page_again_with_its_settings_in_the_other_language(visitor: Callable[..., Page]) -> None:
    page = visitor("/?heads=4&mask=none")
    expect(page).to_have_title(title_of("attention"))
    switch = page.get_by_role("navigation", name=page_prose("language")["frame"]["switch"])
    switch.get_by_role("link", name="Doubled").click()
    expect(page).to_have_title(doubled(title_of("attention")))
    settled(page)
    assert params(page) == {"heads": ["4"], "mask": ["none"], "lang": [CODE]}
    expect(page.locator("html")).to_have_attribute("lang", TAG)
    assert JOINT in stage_words(page)
    page.get_by_role("link", name="English", exact=True).click()
    expect(page).to_have_title(title_of("attention"))
    assert params(settled(page)) == {"heads": ["4"], "mask": ["none"], "lang": ["en"]}


def test_a_language_goes_from_page_to_page_and_back(visitor: Callable[..., Page]) -> None:
    page = visitor(f"/?lang={CODE}&heads=4", width=2600)  # room for all names of pages, twice
    for file in ("blocks", "guide", "start"):
        title = next(entry["title"] for entry in page_prose("site")["pages"] if entry["file"] == file)
        link = page_link(page, title, doubled)
        link.hover()
        expect(link).to_have_attribute("href", re.compile(rf"/{file}\?lang={CODE}$"))  # opened in a window of its own
        link.click()
        expect(page).to_have_title(doubled(title_of(file)))
        page.wait_for_url(re.compile(rf"/{file}\?(.*&)?lang={CODE}"))
    page.go_back()
    page.go_back()
    page.go_back()
    expect(page).to_have_title(doubled(title_of("attention")))
    page.wait_for_url("**/?**")
    assert params(settled(page)) == {"lang": [CODE], "heads": ["4"]}


def test_two_visitors_have_each_their_own_language_from_their_browser_or_their_link(
    visitor: Callable[..., Page],
) -> None:
    english, other = visitor("/", accepts="en"), visitor("/", accepts=f"fr, {CODE};q=0.5")
    for _ in range(2):
        assert JOINT not in english.locator("body").inner_text()
        assert JOINT in stage_words(other)
        assert "lang" not in params(english)
        assert "lang" not in params(other)
        for page in (english, other):
            field = page.locator(".st-key-sentence input")
            before = page.locator(".st-key-stage_canvas [data-revision]").get_attribute("data-revision")
            field.fill(f"{field.input_value()} again")
            field.press("Enter")
            expect(page.locator(".st-key-stage_canvas [data-revision]")).not_to_have_attribute(
                "data-revision", str(before)
            )
            settled(page)


FIELDS = [
    ("sentence", "/"),
    ("start_text", "/start"),
    ("stack_text", "/blocks"),
    ("stack_target", "/blocks"),
    ("tr_text", "/translate"),
    ("cl_text", "/classify"),
    ("cl_instead", "/classify"),
    ("sentence", "/models"),
    ("m_second", "/models"),
    ("sentence", "/compare"),
    ("b_sentence", "/compare?changes=sentence"),
]
"""Where a text is followed while it is typed: each field with its page."""
STREAMLIT_WAITS_MS = 200
"""Longer than it waits with what was typed."""
PAINTED = "() => [...document.querySelectorAll('*')].map((one) => one.dataset?.revision ?? '').join('')"
"""What all pictures of a page are pictures of."""


@pytest.mark.parametrize(("name", "path"), alike(FIELDS, 1))
def test_an_input_method_s_half_typed_letters_ask_for_nothing_and_the_picture_follows_the_word(
    name: str, path: str, visitor: Callable[..., Page]
) -> None:
    page, selector = visitor(path), f".st-key-{name} input"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(unquote_plus(request.url)))
    devices = page.context.new_cdp_session(page)
    devices.send("Network.enable")
    devices.on("Network.webSocketFrameSent", lambda sent: asked.append(told_in(sent["response"])))
    field = page.locator(selector)
    field.fill("")
    field.focus()
    page.wait_for_timeout(STREAMLIT_WAITS_MS)
    settled(page)
    painted = page.evaluate(PAINTED)
    for half in ("qw", "qwo", "qwo x", "qwo xi", "qwo xi h"):
        devices.send("Input.imeSetComposition", {"text": half, "selectionStart": len(half), "selectionEnd": len(half)})
        page.wait_for_timeout(60)
    page.wait_for_timeout(STREAMLIT_WAITS_MS)
    assert field.input_value() == "qwo xi h"
    assert page.evaluate(PAINTED) == painted
    devices.send("Input.insertText", {"text": "我喜欢 not"})  # of which classifiers know a word
    page.wait_for_function("(selector) => document.querySelector(selector).value === '我喜欢 not'", arg=selector)
    page.wait_for_function(f"(painted) => ({PAINTED})() !== painted", arg=painted)
    assert any("我喜欢" in one for one in asked)
    assert not [one for one in asked if "qw" in one]


def told_in(frame: Mapping[str, Any]) -> str:
    """The texts in a message to the server."""
    return base64.b64decode(frame["payloadData"]).decode("utf-8", "replace")


def test_what_is_composed_in_the_field_of_a_cell_and_in_that_of_a_word_waits(modules: Page) -> None:
    told: list[list[Any]] = modules.evaluate(
        """() => {
          const words = { number: "n", drag: "d", live: "l" };
          const set = [];
          const board = document.body.appendChild(document.createElement("div"));
          const editor = new m.editor.CellEditor(board);
          const asked = { at: {}, value: 1, step: 1, label: "l", words, live: (value) => (set.push(value), null) };
          editor.open({ ...asked, keep: () => {}, restore: () => {} }, { x: 0, y: 0, w: 10, h: 10 });
          const type = (value, isComposing) => {
            editor.input.value = value;
            editor.input.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing }));
          };
          type("２", true);
          type("２．", true);
          const during = [...set];
          editor.input.value = "２．５";
          editor.input.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }));
          board.remove();
          return [during, set];
        }"""
    )
    assert told == [[], [2.5]]


HAN_LINES = "".join(chr(0x4E00 + 7 * n) for n in range(96))


@pytest.mark.parametrize("view", alike(["matrix", "lines", "arithmetic"], 1))
def test_han_has_twelve_pixels_in_every_view_of_a_long_sentence_and_names_do_not_touch(
    view: str, visitor: Callable[..., Page]
) -> None:
    page = visitor(f"/?lang=en&sentence={HAN_LINES}&view={view}&stage=softmax&heads=2")
    han = [(text, size) for text, size in sizes(page) if re.search("[一-鿿]", text)]
    assert len(han) > 10
    assert {size for _, size in han if size < 12} == set()
    assert out_of_place(page) == []


# Texts whose letters lie outside the box that clips them, and pairs of texts that lie upon each other, where both are
# seen: not what is kept for screen readers alone, and not what has been scrolled out of sight.
UNFIT = """(elements) => {
  const UNSEEN = "[aria-hidden=true], .st-key-page_heading, [data-testid=stSkipToContent]";
  const ONE_LINE = ".st-key-settings_said"; // what the bar that is closed says, as far as there is room
  const clips = (box) => ["hidden", "clip", "auto", "scroll"].includes(getComputedStyle(box).overflowX);
  const around = (each) => each.parentElement ?? each.getRootNode().host ?? null;
  const clipping = (each) => {
    const found = [];
    for (let box = each; box; box = around(box)) if (clips(box)) found.push(box);
    return found;
  };
  const seenOf = (rect, boxes) => boxes.map((box) => box.getBoundingClientRect()).reduce((left, box) => ({
    left: Math.max(left.left, box.left), right: Math.min(left.right, box.right),
    top: Math.max(left.top, box.top), bottom: Math.min(left.bottom, box.bottom),
  }), rect);
  const texts = [];
  for (const each of elements(document)) {
    if (each.closest(`${UNSEEN}, math, svg, select, option`)) continue;
    const boxes = clipping(each);
    if (boxes.some(({ clientWidth, clientHeight }) => clientWidth < 2 && clientHeight < 2)) continue;
    for (const node of each.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE || !node.textContent.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const rects = [...range.getClientRects()].filter(({ width, height }) => width > 1 && height > 1);
      const text = node.textContent.trim().slice(0, 60);
      for (const rect of rects) texts.push({ each, rect, boxes, seen: seenOf(rect, boxes), text });
    }
  }
  const problems = [];
  for (const { rect, boxes, text } of texts) {
    const [box] = boxes;
    if (!box || box.closest(ONE_LINE) || getComputedStyle(box).overflowX !== "hidden") continue;
    if (box.scrollWidth <= box.clientWidth + 1) continue;
    const { left, right } = box.getBoundingClientRect();
    if (rect.right > right + 1 || rect.left < left - 1) problems.push(`cut: ${text}`);
  }
  texts.forEach((one, index) => {
    for (const other of texts.slice(index + 1)) {
      if (one.each === other.each || one.each.contains(other.each) || other.each.contains(one.each)) continue;
      const width = Math.min(one.seen.right, other.seen.right) - Math.max(one.seen.left, other.seen.left);
      const height = Math.min(one.seen.bottom, other.seen.bottom) - Math.max(one.seen.top, other.seen.top);
      if (width > 2 && height > 4) problems.push(`upon each other: ${one.text} | ${other.text}`);
    }
  });
  return problems;
}"""


LINKS = {"attention": "/?", "translate": "/translate?tr_text=The+cat+sat+on+the+mat.&"}
TRANSLATED = [entry["file"] for entry in page_prose("site")["pages"] if f"{entry['file']}.md" not in PAGES_IN_ENGLISH]
WITH_CANVAS = {"attention"}


def lasting(page: Page, found: Callable[[Page], list[str]]) -> list[str]:
    """What is wrong with a page and stays so for five seconds: one that is just being painted is let be."""
    wrong = found(page)
    for _ in range(20):
        if not wrong:
            break
        page.wait_for_timeout(250)
        wrong = found(page)
    return wrong


@pytest.mark.parametrize("file", alike(TRANSLATED, 4))
def test_words_twice_as_long_are_neither_cut_nor_upon_each_other(file: str, visitor: Callable[..., Page]) -> None:
    page = visitor(f"{LINKS.get(file, f'/{file}?')}lang={CODE}", height=2400)
    assert JOINT in page.locator("body").inner_text()
    assert sideways(page) == 0
    assert written(page) > 10 or file not in WITH_CANVAS
    assert lasting(page, lambda one: list(seen(one, UNFIT))) == []
    assert lasting(page, out_of_place) == []
