"""The classify page in a browser: words that are clicked and changed, own rows that are trained, files brought back."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from attnlab.prose import page_prose
from attnlab.tasks import example_data
from attnlab.training.classifier_file import load_classifier, saved_classifiers
from attnlab.training.shipped_classifier import shipped
from tests.browser import controls
from tests.products import alike

WORDS = page_prose("classify")
NewPage = Callable[..., Page]
SENTENCE = "i would not say that the film was really good"
PATIENCE_MS = 90_000  # a first worker imports torch


def opened(new_page: NewPage, *, width: int = 1440, dark: bool = False, **link: str) -> Page:
    page = new_page(f"/classify?{urlencode({'cl_text': SENTENCE, **link})}", width=width, height=1200, dark=dark)
    expect(words(page).first).to_be_attached()
    return page


def words(page: Page) -> Locator:
    return page.locator(".chips [data-part=words] button")


def verdict(page: Page, name: str) -> float:
    """A contender's number, in percent."""
    line = page.locator(".chips .verdict", has_text=name)
    return float(line.locator("output").inner_text().rstrip("%"))


def turned(page: Page, name: str, low: float, high: float) -> None:
    """Wait until a contender's number is within bounds."""
    page.wait_for_function(
        """([name, low, high]) => {
          const roots = [document, ...[...document.querySelectorAll("*")].map((one) => one.shadowRoot).filter(Boolean)];
          const lines = roots.flatMap((root) => [...root.querySelectorAll(".chips .verdict")]);
          const line = lines.find((one) => one.textContent.includes(name));
          const value = line && parseFloat(line.querySelector("output").textContent);
          return value >= low && value <= high;
        }""",
        arg=[name, low, high],
    )


def test_a_clicked_word_is_changed_live_and_every_verdict_follows(new_page: NewPage) -> None:
    page = opened(new_page)
    turned(page, "LSTM", 95, 100)
    page.locator(".chips [data-part=words] button", has_text="good").click()
    field = page.locator(".chips input")
    expect(field).to_be_focused()
    expect(page.locator(".chips [data-part=picks] button")).to_have_count(6)
    field.press_sequentially("awful")
    turned(page, "LSTM", 0, 5)
    turned(page, "Transformer", 0, 5)
    turned(page, "Bag of words", 50, 100)  # which does not know what the "not" belongs to
    expect(page.locator(".chips button.changed")).to_have_text("awful")
    expect(page.locator(".chips .bar b")).to_have_count(4)
    expect(field).to_be_focused()
    page.wait_for_function("() => new URLSearchParams(location.search).get('cl_instead')?.endsWith('awful')")
    controls.choose(page, WORDS["controls"]["cl_family"]["label"], "Text CNN")
    page.wait_for_function("() => new URLSearchParams(location.search).get('cl_family') === 'text_cnn'")
    expect(page.locator(".chips h4", has_text=WORDS["chips"]["shares_text_cnn"])).to_be_visible()
    field.focus()
    field.press("Escape")
    turned(page, "LSTM", 95, 100)
    expect(page.locator(".chips button.changed")).to_have_count(0)
    page.wait_for_function("() => !new URLSearchParams(location.search).has('cl_instead')")


def test_a_word_is_left_out_and_picked_by_keyboard(new_page: NewPage) -> None:
    page = opened(new_page)
    page.locator(".chips [data-part=words] button", has_text="not").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".chips input")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # leave it out
    turned(page, "LSTM", 0, 5)
    expect(page.locator(".chips [data-part=words] button")).to_have_count(len(SENTENCE.split()) - 1)
    page.locator(".chips [data-part=words] button", has_text="good").click()
    pick = page.locator(".chips [data-part=picks] button").first
    expect(pick).to_be_visible()
    pick.press("Enter")
    turned(page, "LSTM", 95, 100)


def test_the_sentence_is_typed_live_and_hostile_text_stays_text(new_page: NewPage) -> None:
    page = opened(new_page)
    field = page.get_by_label(WORDS["words"]["sentence"], exact=True)
    field.fill("<img src=x onerror=alert(1)> the film was not :red[good] $x$")
    expect(page.locator(".chips [data-part=words] button:not(.unread)")).to_have_text(
        ["the", "film", "was", "not", "good"]
    )
    expect(page.get_by_text("Not in the vocabulary:")).to_contain_text("img")
    assert page.locator("img[src=x]").count() == 0


def test_words_that_nobody_knows_stay_in_place_and_are_changed_for_some_that_they_know(new_page: NewPage) -> None:
    page = opened(new_page, cl_text="I really did not enjoy this boring lesson")
    expect(page.locator(".chips button.unread s")).to_have_text(["enjoy", "this", "lesson"])
    expect(page.locator(".chips .partly")).to_contain_text(WORDS["chips"]["partly"].format(read=5, count=8))
    page.locator(".chips [data-part=words] button", has_text="lesson").click()
    page.locator(".chips summary").click()
    page.locator(".chips details button", has_text="film").first.click()
    expect(page.locator(".chips button.unread s")).to_have_text(["enjoy", "this"])
    expect(page.locator(".chips .partly")).to_have_count(0)  # six of eight are enough
    expect(words(page)).to_have_text(["i", "really", "did", "not", "enjoy", "this", "boring", "film"])


@pytest.mark.parametrize("dark", alike([True, False], 1))
def test_nothing_scrolls_sideways_on_a_phone(dark: bool, new_page: NewPage) -> None:
    page = opened(new_page, width=390, dark=dark)
    page.locator(".chips [data-part=words] button", has_text="good").click()
    expect(page.locator(".chips [data-part=editor]")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    chips = page.locator(".chips").bounding_box()
    assert chips is not None
    assert chips["x"] + chips["width"] <= 390


@pytest.mark.fresh
def test_a_file_is_taken_along_brought_back_and_asked(new_page: NewPage, tmp_path: Path) -> None:
    page = opened(new_page)
    page.get_by_text(WORDS["keep"]["title"], exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=WORDS["keep"]["model"].format(name="LSTM")).click()
    path = tmp_path / "lstm.safetensors"
    waiting.value.save_as(path)
    assert load_classifier(path).classify(SENTENCE) == shipped()["lstm"].classify(SENTENCE)
    upload = page.locator(".st-key-cl_file input[type=file]")
    upload.set_input_files({"name": "a.safetensors", "mimeType": "", "buffer": b"PK\x03\x04" + b"\0" * 60})
    expect(page.get_by_test_id("stAlert")).to_contain_text("classifier")
    upload.set_input_files(
        {"name": "<b>mine.safetensors", "mimeType": "", "buffer": saved_classifiers([shipped()["text_cnn"]])}
    )
    expect(page.get_by_text("Asked: the classifier in")).to_contain_text("mine")
    expect(page.locator(".chips .verdict")).to_have_count(1)


@pytest.mark.fresh
def test_own_rows_are_trained_and_the_link_opens_the_run_anywhere(new_page: NewPage) -> None:
    page = opened(new_page, cl_data="csv")
    expect(page.get_by_text(WORDS["choose"]["missing"])).to_be_visible()
    expect(page.get_by_role("button", name=WORDS["choose"]["start"], exact=True)).to_be_disabled()
    page.locator(".st-key-cl_csv input[type=file]").set_input_files(
        {"name": "rows.csv", "mimeType": "text/csv", "buffer": example_data()}
    )
    expect(page.get_by_text("300 rows, 2 classes")).to_be_visible()
    slider = page.locator(".st-key-cl_steps_csv input")
    for _ in range(4):
        slider.press("ArrowLeft")
    page.get_by_role("button", name=WORDS["choose"]["start"], exact=True).click()
    page.wait_for_function("() => new URLSearchParams(location.search).has('run')")
    run = parse_qs(urlsplit(page.url).query)["run"][0]
    expect(page.get_by_text("Finished after 50 steps.")).to_be_visible(timeout=PATIENCE_MS)
    other = opened(new_page, run=run, cl_family="lstm")
    expect(other.get_by_text(WORDS["words"]["from_run"].format(step=50))).to_be_visible()
    expect(other.locator(".chips .verdict")).to_have_count(4)
