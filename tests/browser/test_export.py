"""Take it with you, in a real browser: what is downloaded runs by itself and is what the stage shows."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Page, expect

from attnlab.engine import AttentionSpec, trace
from attnlab.prose import page_prose
from attnlab.text import tokenize
from tests.browser.chromium import wait_until_settled

NewPage = Callable[..., Page]
WORDS = page_prose("export")["page"]
SENTENCE = '=1+1 """ \u202e one'
SETTINGS: dict[str, Any] = {"num_heads": 2, "mask": "causal", "score": "cosine", "temperature": 0.5}


def opened(new_page: NewPage, **link: Any) -> Page:
    names = {"num_heads": "heads"}
    asked = {names.get(name, name): value for name, value in {**SETTINGS, **link}.items()}
    page = new_page(f"/?{urlencode({'sentence': SENTENCE, **asked})}")
    page.get_by_text(WORDS["title"], exact=True).click()
    expect(page.get_by_role("button", name=WORDS["script"])).to_be_visible()
    wait_until_settled(page)
    return page


def downloaded(page: Page, label: str) -> tuple[str, Path]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label).click()
    return waiting.value.suggested_filename, Path(waiting.value.path())


def wanted() -> Any:
    return trace(AttentionSpec(tokens=tokenize(SENTENCE, "words").tokens, **SETTINGS))


def test_the_downloaded_script_runs_by_itself_and_finds_the_numbers_of_the_app(new_page: NewPage) -> None:
    name, file = downloaded(opened(new_page, head=2), WORDS["script"])
    assert name == "attention_layer.py"
    done = subprocess.run(
        [sys.executable, "-I", str(file)], check=False, capture_output=True, text=True, cwd=file.parent
    )
    assert done.returncode == 0, done.stderr
    assert "Weights of head 2" in done.stdout
    assert float(done.stdout.splitlines()[-1].split(": ")[1]) < 1e-6


def test_the_downloaded_numbers_are_those_of_the_stage(new_page: NewPage) -> None:
    name, file = downloaded(opened(new_page), WORDS["numbers"])
    assert name == "attention_layer.npz"
    with np.load(file, allow_pickle=False) as arrays:
        computed = wanted()
        assert arrays["tokens"].tolist() == list(computed.tokens)
        assert json.loads(str(arrays["spec"]))["score"] == "cosine"
        assert arrays["weights"].tobytes() == computed.weights.contiguous().numpy().tobytes()


def test_the_code_on_screen_is_text_and_fits_a_telephone(new_page: NewPage) -> None:
    page = opened(new_page, sentence="<img src=x onerror=alert(1)> two")
    code = page.get_by_test_id("stCode")
    expect(code).to_contain_text("'onerror'")
    assert code.locator("img").count() == 0
    page.set_viewport_size({"width": 390, "height": 800})
    wait_until_settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
