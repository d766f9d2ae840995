"""What a canvas and the server say to each other, told to every canvas that converses."""

import pytest
from playwright.sync_api import Browser

from tests.browser.canvases import AHEAD, PAYLOADS, blocks, mounted, revision_of

every_canvas = pytest.mark.parametrize("name", PAYLOADS)
every_canvas_ahead = pytest.mark.parametrize("name", AHEAD)


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


@every_canvas
def test_a_run_that_comes_before_a_choice_is_told_leaves_it(name: str, browser: Browser) -> None:
    message = PAYLOADS[name]
    with mounted(browser, name) as canvas:
        canvas.run(message(0, 2))
        canvas.press("h")
        canvas.run(message(0, 1))
        (told,) = canvas.told()
        assert told["head"] == 1


@every_canvas
def test_a_choice_after_one_that_was_told_is_not_undone_by_its_echo(name: str, browser: Browser) -> None:
    message = PAYLOADS[name]
    with mounted(browser, name) as canvas:
        canvas.run(message(0, 2))
        canvas.press("h")
        canvas.told()
        canvas.press("h")
        canvas.run(message(1, 2))
        assert [told["head"] for told in canvas.told(2)] == [1, 2]


@every_canvas
def test_the_echo_of_what_was_told_first_does_not_undo_what_was_told_second(name: str, browser: Browser) -> None:
    message = PAYLOADS[name]
    with mounted(browser, name) as canvas:
        canvas.run(message(0, 2))
        for count in (1, 2):
            canvas.press("h")
            canvas.told(count)
        canvas.run(message(1, 2))
        canvas.press("h")
        assert canvas.told(3)[-1]["head"] == 3


@every_canvas
def test_what_was_told_is_taken_up_again_after_a_run_that_came_between(name: str, browser: Browser) -> None:
    message = PAYLOADS[name]
    with mounted(browser, name) as canvas:
        canvas.run(message(0, 2))
        canvas.press("h")
        canvas.told()
        canvas.run(message(3, 2))
        canvas.run(message(1, 2))
        canvas.press("h")
        assert canvas.told(2)[-1]["head"] == 2


@every_canvas
def test_where_the_server_says_something_else_than_it_was_told_it_is_right(name: str, browser: Browser) -> None:
    message = PAYLOADS[name]
    with mounted(browser, name) as canvas:
        canvas.run(message(0, 2))
        canvas.press("h")
        canvas.told()
        canvas.run(message(2, 2))
        canvas.press("h")
        assert canvas.told(2)[-1]["head"] == 3


@every_canvas
def test_a_choice_that_was_taken_back_is_not_told(name: str, browser: Browser) -> None:
    message = PAYLOADS[name]
    with mounted(browser, name) as canvas:
        canvas.run(message(0, 2))
        canvas.page.evaluate("() => { window.timers = []; window.setTimeout = (act) => timers.push(act); }")
        canvas.press("h")
        canvas.press("h", shift=True)
        canvas.page.evaluate("() => timers.at(-1)()")
        assert canvas.told(0) == []


@every_canvas
def test_the_same_message_again_is_painted_again_for_it_may_mean_another_theme(name: str, browser: Browser) -> None:
    with mounted(browser, name) as canvas:
        canvas.run(PAYLOADS[name](0, 2))
        canvas.page.evaluate("() => { document.querySelector('#mount').dataset.revision = ''; again(); }")
        assert canvas.shown == revision_of(PAYLOADS[name](0, 2))


@every_canvas_ahead
def test_a_run_that_was_on_its_way_waits_and_one_that_nothing_contradicts_is_right(name: str, browser: Browser) -> None:
    older, ahead = (PAYLOADS[name](0, place) for place in (2, 1))
    with mounted(browser, name) as canvas:
        canvas.run(older)
        canvas.preview(ahead)
        canvas.run(older)
        assert canvas.shown == revision_of(ahead)
        canvas.wait_for(older)


@every_canvas_ahead
def test_a_run_that_waits_is_older_than_whatever_comes_ahead_of_it_too(name: str, browser: Browser) -> None:
    older, first, second = (PAYLOADS[name](0, place) for place in (2, 1, 0))
    with mounted(browser, name) as canvas:
        canvas.run(older)
        canvas.preview(first)
        canvas.run(older)
        canvas.page.wait_for_timeout(700)  # of the second that it waits
        canvas.preview(second)
        canvas.page.wait_for_timeout(600)
        assert canvas.shown == revision_of(second)
        canvas.wait_for(older)


def test_a_token_that_a_shorter_text_has_not_is_followed_no_more(browser: Browser) -> None:
    alone = {"stack_architecture": "decoder", "stack_open": ""}
    with mounted(browser, "blocks") as canvas:
        canvas.run(blocks(0, 0, **alone, stack_text="one two three four"))
        for _ in range(3):
            canvas.press("ArrowDown", shift=True)
        canvas.preview(blocks(0, 0, **alone, stack_text="one two"))
        assert canvas.told()[-1]["tokens"] == {"decoder": 1}


@every_canvas_ahead
def test_once_all_is_told_and_answered_a_picture_ahead_is_followed_again(name: str, browser: Browser) -> None:
    message = PAYLOADS[name]
    with mounted(browser, name) as canvas:
        canvas.run(message(0, 2))
        canvas.press("h")
        canvas.told()
        canvas.run(message(1, 2))
        canvas.preview(message(2, 1))
        canvas.press("h")
        assert canvas.told(2)[-1]["head"] == 3


@every_canvas
def test_a_canvas_that_is_taken_away_as_it_is_mounted_is_there_when_it_is_put_back(name: str, browser: Browser) -> None:
    message = PAYLOADS[name](0, 1)
    with mounted(browser, name) as canvas:
        canvas.page.evaluate("() => { window.away = document.querySelector('#mount'); away.remove(); }")
        canvas.run(message)
        canvas.page.evaluate("() => document.body.append(away)")
        canvas.wait_for(message)
