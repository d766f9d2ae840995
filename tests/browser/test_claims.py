"""The claims page in a browser: a prediction is made, an experiment runs beside the app, the link says both."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from attnlab.claims import claim_words
from attnlab.prose import page_prose

pytestmark = pytest.mark.fresh
WORDS = page_prose("claims")
PAGE = WORDS["page"]
MEASURED_MS = 60_000
"""The process beside the app has torch to load first."""


def link_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_predict_run_and_see_the_verdict_beside_the_prediction(new_page: Callable[..., Page]) -> None:
    page = new_page("/claims?claim_name=future")
    words = claim_words("future")
    expect(page.get_by_role("heading", name=words["statement"])).to_be_visible()
    expect(page.get_by_role("button", name=PAGE["run"]["quick"])).to_have_count(0)
    page.get_by_role("button", name=WORDS["verdicts"]["false"], exact=True).click()
    page.get_by_role("button", name=PAGE["run"]["quick"]).click()
    told = page.get_by_test_id("stAlert")
    expect(told).to_contain_text("True; you said: False.", timeout=MEASURED_MS)
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first).to_be_visible()
    expect(page.get_by_text(words["paper"])).to_be_visible()
    expect(page.get_by_role("link", name=words["links"]["causal"])).to_have_attribute(
        "href", "./?mask=causal&stage=mask"
    )
    assert link_of(page) == {"claim_name": ["future"], "claim_guess": ["false"]}


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_phone_the_open_claim_is_in_sight_below_the_list(dark: bool, new_page: Callable[..., Page]) -> None:
    page = new_page("/claims?claim_name=wrong_axis", width=390, height=844, dark=dark)
    heading = page.get_by_role("heading", name=claim_words("wrong_axis")["statement"])
    expect(heading).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
