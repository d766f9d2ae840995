"""Text that wants to be more than text, typed and linked, in a real browser: it stays text, and the page stays whole.

The fixture `new_page` adds to each test: no console error, no uncaught error, no request to a foreign host.
"""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from attnlab.text import tokenize
from tests.browser.stage_page import BOARD, WORDS, StagePage
from tests.products import alike
from tests.waiting import eventually

pytestmark = pytest.mark.fresh
NewPage = Callable[..., Page]
JOINER = "\u2060"  # what `messages.plain` puts before signs; it has no width

TEXTS = {
    "an image with a handler": "<img src=x onerror=alert(1)>",
    "a script": "<script>alert(1)</script>",
    "a closed table cell": "</td></canvas><svg onload=alert(1)>",
    "a template": "{{7*7}} ${7*7} {bits} {query}",
    "a directive": ":red[x] :material/home: :streamlit:",
    "a Markdown image": "![x](http://x.example/y.png)",
    "a Markdown link": "[x](javascript:alert(1)) www.example.com",
    "LaTeX without end": r"$\def\a{\a\a}\a$",
    "names of JavaScript": "__proto__ constructor toString hasOwnProperty",
    "a formula": "=1+1 @SUM(1) +x -x",
    "right to left": "\u202eabc \u0627\u0644\u0642\u0637\u0629",
    "quotes": "\"'`\\ &lt; &amp;",
    "a NUL": "a\x00b",
}


def are_painted(stage: StagePage, tokens: tuple[str, ...]) -> bool:
    labels = {entry["text"] for entry in stage.painted("over") if entry["kind"] == "text"}
    shortened = {label.removesuffix("…") for label in labels if label.endswith("…") and len(label) > 8}
    return all(token in labels or any(token.startswith(start) for start in shortened) for token in tokens)


def on_stage(stage: StagePage, text: str) -> None:
    """The tokens of the text are painted literally, in the next frame, and the arithmetic names one of them."""
    tokens = tokenize(text, "words").tokens
    eventually(lambda: are_painted(stage, tokens))
    row = min(len(tokens), 5) - 1
    column = min(len(tokens), 4) - 1
    row = max(row, column)
    assert stage.title == f"“{tokens[row]}” looks at “{tokens[column]}”"
    assert stage.page.evaluate("() => document.querySelectorAll('img[src=x], svg[onload]').length") == 0


def guarded(page: Page) -> StagePage:
    """The page, with an alarm on dialogs."""
    page.on("dialog", lambda dialog: page.problems.append(f"dialog: {dialog.message}"))  # type: ignore[attr-defined]
    return StagePage(page)


def test_hostile_text_that_is_typed_stays_text(new_page: NewPage) -> None:
    stage = guarded(new_page(BOARD))
    for text in TEXTS.values():
        stage.type_sentence(text)
        stage.wait_for_params(sentence=text)
        on_stage(stage, text)
        assert stage.page.get_by_test_id("stException").count() == 0


@pytest.mark.parametrize(
    "name", alike(["an image with a handler", "a NUL", "a directive", "LaTeX without end", "right to left"], 1)
)
def test_hostile_text_in_a_link_stays_text(name: str, new_page: NewPage) -> None:
    text = TEXTS[name]
    stage = guarded(new_page(f"/?{urlencode({'sentence': text})}"))
    assert stage.params["sentence"] == text
    on_stage(stage, text)


def test_hostile_text_is_shown_in_tables_as_it_is(new_page: NewPage) -> None:
    stage = guarded(new_page(f"/?{urlencode({'sentence': '<img src=x onerror=alert(1)> =1+1'})}"))
    stage.page.get_by_text(WORDS["page"]["numbers"], exact=True).click()
    expect(stage.page.get_by_test_id("glide-cell-0-0")).to_have_text("1 <")
    expect(stage.page.get_by_test_id("glide-cell-0-1")).to_have_text("2 img")


REFUSED = {  # each in a parameter of its own
    "heads": "a\n===\nb",
    "d_model": "\n\n    code",
    "seed": "www.example.com http://example.com/ x@example.com",
    "d_k": "<- -> <-> -- >= <= ~= ...",
    "d_v": ":material/home: :streamlit: :smile: :red[x]",
    "window": "![x](http://x.example/y.png)",
    "padding": "<b>x</b> <script>alert(1)</script>",
    "mask": "$x^2$ `a` **b** _c_ ~~d~~",
    "source": "- a 1. b # c > d | e",
    "tokenizer": "[^1] [x][y] &copy;",
}


def test_refused_values_are_quoted_literally(new_page: NewPage) -> None:
    page = guarded(new_page(f"/?{urlencode(REFUSED)}")).page
    message = page.get_by_test_id("stAlert").get_by_test_id("stMarkdownContainer")
    lines = message.inner_text().replace(JOINER, "").split("\n")
    assert len(lines) == len(REFUSED)
    for name, value in REFUSED.items():
        quoted = value if len(value) <= 40 else value[:39] + "…"
        beginning = f"{name} ({' '.join(quoted.split())}) in the link must be "
        assert [line for line in lines if line.startswith(beginning)], beginning
    tags = message.evaluate("(message) => [...message.querySelectorAll('*')].map((element) => element.tagName)")
    assert set(tags) <= {"P", "BR"}


def test_the_wrong_sentence_is_quoted_literally(new_page: NewPage) -> None:
    stage = guarded(new_page(BOARD))
    stage.type_sentence("\u200b\u200b")
    message = stage.page.get_by_test_id("stAlert")
    expect(message).to_contain_text("must hold a visible character")
    assert "sentence ('\\u200b\\u200b')" in message.inner_text().replace(JOINER, "")
    stage.type_sentence("fine again")
    expect(message).to_have_count(0)
    stage.wait_for_params(sentence="fine again")


def test_the_next_good_sentence_works_after_lone_surrogates(new_page: NewPage) -> None:
    """Streamlit's browser code sends them as bad UTF-8, its server hangs up, and the two try again and again."""
    stage = guarded(new_page(BOARD))
    with stage.page.expect_event("console", lambda message: "WebSocket onclose" in message.text):
        stage.page.get_by_label(WORDS["page"]["sentence"], exact=True).evaluate(
            """(box) => {
              const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
              set.call(box, "a\\ud800b \\udc00");
              box.dispatchEvent(new Event("input", { bubbles: true }));
            }"""
        )
    stage.type_sentence("fine again")
    stage.wait_for_params(sentence="fine again")
    problems = stage.page.problems  # type: ignore[attr-defined]
    problems[:] = [problem for problem in problems if "when disconnected from server" not in problem]


@pytest.mark.parametrize(
    "query", alike(["sentence=a%ed%a0%80b", "%=%&&=&", "sentence=%ff%fe", "sentence=%00x", "d_model=%252e"], 1)
)
def test_a_link_that_is_no_text_is_survived(query: str, new_page: NewPage) -> None:
    stage = guarded(new_page(f"/?{query}"))
    assert stage.drawn()["weights"].rows >= 1
    assert stage.page.get_by_test_id("stException").count() == 0


def test_a_hundred_thousand_letters_are_answered_and_the_next_sentence_works(new_page: NewPage) -> None:
    stage = guarded(new_page(BOARD))
    with stage.repaint():
        stage.type_sentence("a" * 100_000)
    expect(stage.page.get_by_text(WORDS["page"]["characters_cut"].format(limit=4000))).to_be_visible()
    assert stage.drawn()["weights"].rows == 63
    stage.type_sentence("fine again")
    stage.wait_for_params(sentence="fine again")
    assert stage.drawn()["weights"].rows == 2


def test_ten_thousand_lines_are_answered_and_the_next_sentence_works(new_page: NewPage) -> None:
    stage = guarded(new_page(BOARD))
    with stage.repaint():
        stage.type_sentence("word\n" * 10_000)
    assert stage.drawn()["weights"].rows >= 1
    stage.type_sentence("fine again")
    stage.wait_for_params(sentence="fine again")
    assert stage.page.get_by_test_id("stAlert").count() == 0


def test_numbers_out_of_bounds_are_not_taken_from_a_field(new_page: NewPage) -> None:
    stage = guarded(new_page(BOARD))
    stage.open_more()
    for value in ("-1", "99999999999", "1e400"):
        stage.type_number("seed", value)
    stage.type_number("padding", "1000")
    stage.type_number("seed", "5")
    stage.wait_for_params(seed=5)
    assert set(stage.params) == {"seed"}
    assert stage.page.get_by_test_id("stException").count() == 0
