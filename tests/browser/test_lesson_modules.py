"""The card of a lesson module by module, and the stage while something on it is covered."""

from typing import Any

from playwright.sync_api import Browser, Page

from attnlab.lessons import began_with, lesson
from attnlab.pictures.lessons.card import card_of_prediction, card_of_task, followed
from attnlab.pictures.lessons.step import of_lesson
from attnlab.prose import page_prose
from tests.browser.canvases import mounted

WORDS = page_prose("lessons")["card"]


def card(name: str, number: int, guess: Any = None, *, revealed: bool = False) -> dict[str, Any]:
    whole = lesson(name)
    step: Any = whole.steps[number - 1]
    made = card_of_prediction(whole, number, step, began_with(step), revealed, guess, WORDS)
    return {**made, "revision": f"{name}-{number}-{revealed}"}


# --- bars.js, asks.js -------------------------------------------------------------------------------------------------


def test_heights_become_shares_that_sum_to_one_and_nothing_stays_nothing(modules: Page) -> None:
    assert modules.evaluate("() => m.bars.shares([1, 1, 2])") == [0.25, 0.25, 0.5]
    assert modules.evaluate("() => m.bars.shares([0, 0])") == [0, 0]
    assert modules.evaluate("() => m.text.percent(0.456)") == "46%"


def test_dragged_bars_tell_heights_and_say_shares(modules: Page) -> None:
    told = modules.evaluate(
        """() => {
          const drawn = [];
          const words = { share: "{share} for {name}", weights: "w" };
          const group = m.bars.bars(["a", "b"], null, words, (heights) => drawn.push(heights));
          const [first, second] = group.querySelectorAll("input");
          first.value = "60"; first.oninput();
          second.value = "20"; second.oninput();
          const outputs = [...group.querySelectorAll("output")].map((each) => each.textContent);
          return [drawn, outputs, first.getAttribute("aria-valuetext")];
        }"""
    )
    assert told == [[[60, 0], [60, 20]], ["75%", "25%"], "75% for a"]


def test_what_was_drawn_stands_beside_what_was_computed(modules: Page) -> None:
    widths = modules.evaluate(
        """() => {
          const [, lines] = m.bars.compared(["a", "b"], [1, 3], [0.5, 0.5], { yours: "y", truth: "t" });
          return [...lines.querySelectorAll("i")].map((each) => Math.round(parseFloat(each.style.width)));
        }"""
    )
    assert widths == [33, 67, 100, 67]


def test_an_order_is_moved_one_place_and_the_largest_is_found(modules: Page) -> None:
    assert modules.evaluate("() => m.asks.moved(['a', 'b', 'c'], 2, -1)") == ["a", "c", "b"]
    assert modules.evaluate("() => m.asks.largest([0.1, 0.7, 0.2])") == 1
    ask = "{ kind: 'order', options: [{ id: 'x' }, { id: 'y' }] }"
    assert modules.evaluate(f"() => m.asks.untouched({ask})") == ["x", "y"]
    assert modules.evaluate("() => m.asks.untouched({ kind: 'cell', picked: 3 })") == 3
    assert modules.evaluate("() => m.asks.untouched({ kind: 'number' })") is None


# --- plot.js, curve.js, guess.js --------------------------------------------------------------------------------------

AXES = {"names": ["0", "1", "2", "3"], "low": 0, "high": 2, "across": "x", "unit": "bits"}


def test_a_point_of_the_axes_is_a_place_and_a_value_and_never_outside(modules: Page) -> None:
    seen = modules.evaluate(
        """(axes) => {
          const at = (index, value) => ({ x: m.plot.along(axes, index), y: m.plot.up(axes, value) });
          return [at(2, 1.5), { x: -50, y: 999 }, { x: 999, y: -50 }].map((point) => m.plot.under(axes, point));
        }""",
        AXES,
    )
    assert seen[0]["index"] == 2
    assert abs(seen[0]["value"] - 1.5) < 1e-9
    assert seen[1:] == [{"index": 0, "value": 0}, {"index": 3, "value": 2}]


def test_a_line_is_broken_where_nothing_was_drawn(modules: Page) -> None:
    drawn = "([axes, values]) => m.plot.line(axes, values, 'yours').getAttribute('d').match(/[ML]/g).join('')"
    assert modules.evaluate(drawn, [AXES, [0, None, 1, 2]]) == "MML"


def test_a_quick_stroke_fills_the_places_that_it_passed(modules: Page) -> None:
    assert modules.evaluate(
        "() => m.curve.stroked([null, null, null], { index: 2, value: 2 }, { index: 0, value: 0 })"
    ) == [0, 1, 2]
    assert modules.evaluate("() => m.curve.stroked([5, 5, 5], { index: 1, value: 1 }, { index: 1, value: 3 })") == [
        5,
        3,
        5,
    ]


def test_a_curve_is_drawn_by_keys_and_told_once_it_is_whole(modules: Page) -> None:
    told = modules.evaluate(
        """([axes, words]) => {
          const drawn = [];
          const root = m.curve.curve(axes, null, words, (heights) => drawn.push(heights));
          const places = [...root.querySelectorAll("circle")];
          const press = (at, key) => places[at].dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
          places.forEach((_, at) => press(at, "ArrowUp"));
          press(3, "PageUp");
          press(3, "PageUp");
          press(3, "PageUp");
          return [drawn.slice(0, 4), drawn.at(-1), places.map((one) => one.getAttribute("aria-valuetext"))];
        }""",
        [AXES, WORDS],
    )
    assert told[0] == [None] * 4
    assert told[1] == [1, 1, 1, 2]
    assert told[2] == ["1.00 bits"] * 3 + ["2.00 bits"]


def test_a_drawn_curve_stands_beside_the_computed_one_and_alone_where_nobody_drew(modules: Page) -> None:
    lines = modules.evaluate(
        """([axes, words]) => [[1, 1, 1, 1], null].map((guess) => {
          const [, drawing] = m.curve.comparedCurves(axes, guess, [0, 1, 2, 2], words);
          return [...drawing.querySelectorAll("path.line")].map((line) => line.getAttribute("class"));
        })""",
        [AXES, WORDS],
    )
    assert lines == [["line yours", "line truth"], ["line truth"]]


def test_a_guess_is_told_to_the_room_by_its_step_and_as_a_room_takes_it(modules: Page) -> None:
    told = modules.evaluate(
        """() => {
          const heard = [];
          window.addEventListener(m.guess.GUESSED, ({ detail }) => heard.push(detail));
          const options = [{ id: "a" }, { id: "b" }, { id: "c" }];
          m.guess.guessed(["match", 2], m.asks.asVote({ kind: "choice", options }, "c"));
          m.guess.guessed(["match", 2], m.asks.asVote({ kind: "order", options }, ["b", "a", "c"]));
          m.guess.guessed(["match", 2], m.asks.asVote({ kind: "cell" }, 0));
          m.guess.guessed(["match", 2], m.asks.asVote({ kind: "curve" }, [1, 2]));
          return heard;
        }"""
    )
    assert told == [{"step": "match.2", "answer": answer} for answer in (3, [2, 1, 3], 1, [1, 2])]


# --- lesson_card.js ---------------------------------------------------------------------------------------------------


def test_a_choice_is_committed_once_it_is_made_and_names_its_step(browser: Browser) -> None:
    with mounted(browser, "lesson_card") as canvas:
        canvas.run(card("shares", 2))
        commit = canvas.page.get_by_role("button", name=WORDS["commit"])
        assert commit.is_disabled()
        canvas.page.get_by_role("button", name="Still “because”").click()
        assert commit.is_enabled()
        commit.click()
        (told,) = canvas.told()
        assert {name: told[name] for name in ("deed", "guess", "at")} == {
            "deed": "commit",
            "guess": "nobody",
            "at": ["shares", 2],
        }
        commit.click()
        assert canvas.told(2)[1]["count"] != told["count"]


def test_a_computed_answer_marks_what_is_right_and_takes_no_other_guess(browser: Browser) -> None:
    with mounted(browser, "lesson_card") as canvas:
        canvas.run(card("shares", 2))
        canvas.run(card("shares", 2, "cat", revealed=True))
        page = canvas.page
        assert page.locator(".choices .right").inner_text().startswith("Still “because”")
        assert page.locator(".choices .yours").inner_text().startswith("“cat”")
        assert page.locator(".choices button:enabled").count() == 0
        assert WORDS["wrong"] in page.locator("[data-part=said]").inner_text()
        assert page.get_by_role("button", name=WORDS["commit"]).count() == 0


def test_numbers_bars_and_orders_are_told_as_they_were_made(browser: Browser) -> None:
    with mounted(browser, "lesson_card") as canvas:
        page = canvas.page

        def committed() -> Any:
            before = len(canvas.told(0))
            page.get_by_role("button", name=WORDS["commit"]).click()
            return canvas.told(before + 1)[-1]["guess"]

        canvas.run(card("mask", 2))
        field = page.get_by_label(WORDS["number"])
        field.fill("")
        assert page.get_by_role("button", name=WORDS["commit"]).is_disabled()
        field.fill("66.5")
        assert committed() == 66.5
        canvas.run(card("shares", 3))
        page.locator("input[type=range]").nth(8).fill("40")
        assert committed() == [0] * 8 + [40, 0, 0, 0]
        canvas.run(card("who_wins", 2))
        page.get_by_role("button", name=WORDS["up"].format(name="Transformer")).click()
        assert committed() == ["lstm", "transformer", "tcn"]


def test_a_curve_is_drawn_with_the_pointer_and_committed(browser: Browser) -> None:
    with mounted(browser, "lesson_card") as canvas:
        page = canvas.page
        canvas.run(card("shares", 6))
        commit = page.get_by_role("button", name=WORDS["commit"])
        box = page.locator(".plot").bounding_box()
        assert box is not None
        assert commit.is_disabled()
        page.mouse.move(box["x"] + 5, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert commit.is_disabled()
        page.mouse.move(box["x"] + box["width"], box["y"] + box["height"] / 2)
        page.mouse.up()
        commit.click()
        guess = canvas.told()[0]["guess"]
        assert len(guess) == 9
        assert max(guess) - min(guess) < 0.2
        canvas.run(card("shares", 6, tuple(guess), revealed=True))
        assert page.locator(".plot path.line").count() == 2


def test_who_follows_a_teacher_keeps_a_guess_and_tells_it_to_the_room(browser: Browser) -> None:
    with mounted(browser, "lesson_card") as canvas:
        page = canvas.page
        mine = followed(card("shares", 2), None, WORDS)
        canvas.run({**mine, "revision": "mine"})
        page.evaluate("() => { window.heard = []; addEventListener('attnlab-guessed', (e) => heard.push(e.detail)); }")
        page.get_by_role("button", name="Still “because”").click()
        page.get_by_role("button", name=WORDS["send"]).click()
        assert canvas.told()[0]["deed"] == "send"
        assert page.evaluate("() => heard") == [{"step": "shares.2", "answer": 3}]
        assert page.locator("[data-part=ways] button").count() == 0


def test_a_card_has_text_as_text_and_the_ways_that_there_are(browser: Browser) -> None:
    with mounted(browser, "lesson_card") as canvas:
        odd = card("match", 2)
        odd["ask"]["names"][1] = "<img src=x onerror=alert(1)>"
        canvas.run(odd)
        page = canvas.page
        assert page.locator("img").count() == 0
        assert page.get_by_role("button", name="<img src=x").count() == 1
        ways = page.locator("[data-part=ways] button")
        assert ways.all_inner_texts() == [WORDS["previous"], WORDS["next"], WORDS["all"]]
        ways.nth(1).click()
        assert canvas.told()[0]["deed"] == "next"


def test_hints_are_listed_and_the_last_one_gives_way_to_the_solution(browser: Browser) -> None:
    whole = lesson("mask")
    step: Any = whole.steps[-1]
    with mounted(browser, "lesson_card") as canvas:
        for hints in range(4):
            made = card_of_task(whole, 4, step, began_with(step), hints, False, WORDS)
            canvas.run({**made, "revision": str(hints)})
            assert canvas.page.locator("[data-part=hints] li").count() == hints
        assert canvas.page.get_by_role("button", name=WORDS["show"]).count() == 1
        assert canvas.page.get_by_role("button", name=WORDS["hint"]).count() == 0


# --- the stage, covered -----------------------------------------------------------------------------------------------


def test_a_covered_matrix_is_hatched_and_says_why_and_no_key_reads_it(browser: Browser) -> None:
    asked: list[str] = []
    with mounted(browser, "stage") as canvas:
        page = canvas.page
        page.set_viewport_size({"width": 1280, "height": 900})
        page.on("request", lambda request: asked.append(request.url) if "picture" in request.url else None)
        canvas.run(of_lesson({"lesson": ["match"], "step": ["2"], "key": ["2"]}).picture())
        assert page.locator(".stage.covered").count() == 1
        assert page.locator("[data-part=lines]").inner_text() == page_prose("lessons")["covered"]
        for key in ("v", " ", "n", "Enter", "w", "m", "x", "s", "ArrowLeft"):
            canvas.press(key)
        page.wait_for_timeout(200)
        assert asked == []
        whole = of_lesson({"lesson": ["match"], "step": ["2"], "key": ["2"], "revealed": ["true"]}).picture()
        canvas.run(whole)
        canvas.wait_for(whole)
        assert page.locator(".stage.covered").count() == 0
        assert page.locator("[data-part=lines]").inner_text() != page_prose("lessons")["covered"]
