"""What a canvas and the server say to each other, told to every canvas that converses."""

import pytest
from playwright.sync_api import Browser

from tests.browser.canvases import AHEAD, PAYLOADS, mounted

every_canvas = pytest.mark.parametrize("name", PAYLOADS)


@every_canvas
def test_what_is_chosen_between_a_picture_and_its_run_is_kept_and_told(name: str, browser: Browser) -> None:
    message = PAYLOADS[name]
    with mounted(browser, name) as canvas:
        canvas.run(message(0, 2))
        (canvas.preview if name in AHEAD else canvas.run)(message(0, 1))
        canvas.press("h")
        canvas.run(message(0, 1))
        (told,) = canvas.told()
        assert told["head"] == 1
