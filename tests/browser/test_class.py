"""A class in several browsers: the teacher moves and the students' pictures follow; questions, votes, counts."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from attnlab.prose import page_prose
from attnlab.ui.kit.visitor import COOKIE, new_secret
from tests.browser.chromium import wait_until_settled
from tests.browser.conftest import watched_problems
from tests.browser.navigation import page_link
from tests.browser.seen_page import sideways
from tests.browser.server import running_app

pytestmark = pytest.mark.fresh
WORDS = page_prose("class")
SCREEN, FRAME = WORDS["screen"], WORDS["frame"]
CARD = page_prose("lessons")["card"]
FOLLOWED_MS = 15_000
Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, app_url: str) -> Iterator[Visit]:
    """Factory of people, each with a browser of their own: `visit(path, width=1440, dark=False) -> Page`, settled.

    `page.sent` lists what it asks of Streamlit: a run each.
    """
    problems: list[list[str]] = []
    with ExitStack() as stack:

        def visit(path: str, *, width: int = 1440, dark: bool = False) -> Page:
            scheme = "dark" if dark else "light"
            size = {"width": width, "height": 900}
            context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            stack.callback(context.close)
            context.add_cookies([{"name": COOKIE, "value": new_secret(), "url": app_url}])
            context.on("page", lambda page: problems.append(watched_problems(page, urlsplit(app_url).netloc)))
            page = context.new_page()
            sent = page.sent = []  # type: ignore[attr-defined]
            page.on("websocket", lambda socket: socket.on("framesent", lambda _frame: sent.append(1)))
            page.goto(app_url + path, wait_until="domcontentloaded")
            wait_until_settled(page)
            return page

        yield visit
    assert [problem for of_one in problems for problem in of_one] == []


@dataclass(frozen=True)
class Class:
    """The teacher's two windows, and a student on a phone."""

    code: str
    desk: Page
    leading: Page
    student: Page


def made_room(visit: Visit) -> tuple[str, Page]:
    desk = visit("/class")
    desk.get_by_role("button", name=SCREEN["make"]).click()
    code = desk.locator("p.code")
    expect(code).to_have_text(re.compile("^[A-Z]{5}$"))
    return code.inner_text(), desk


def led_from(desk: Page) -> Page:
    with desk.context.expect_page() as opened:
        desk.get_by_role("link", name=SCREEN["lead"]).click()
    wait_until_settled(opened.value)
    return opened.value


@pytest.fixture
def a_class(visit: Visit) -> Class:
    code, desk = made_room(visit)
    student = visit(f"/class?room={code}", width=390, dark=True)
    expect(student.get_by_text(SCREEN["following"].format(code=code, title="Attention"))).to_be_visible()
    return Class(code, desk, led_from(desk), student)


def canvas(page: Page, name: str) -> Locator:
    """The picture of what the teacher shows."""
    return page.locator(f".st-key-class_canvas_{name} [data-revision]")


def ask(desk: Page, question: str, kind: str, *options: str) -> None:
    if not desk.get_by_label(SCREEN["question"], exact=True).is_visible():
        desk.get_by_text(SCREEN["new_question"]).click()
    desk.get_by_label(SCREEN["question"], exact=True).fill(question)
    desk.get_by_label(SCREEN["kind"]).select_option(kind)
    for number, option in enumerate(options, 1):
        desk.get_by_label(SCREEN["option"].format(number=number)).fill(option)
    desk.get_by_role("button", name=SCREEN["ask"]).click()


def deed(desk: Page, name: str) -> None:
    desk.get_by_role("button", name=SCREEN["deeds"][name]).click()


def test_a_student_s_picture_follows_the_teacher_without_a_run(a_class: Class) -> None:
    student, leading = a_class.student, a_class.leading
    expect(leading.locator(".attnlab-class")).to_have_text(FRAME["leads"].format(code=a_class.code))
    before = canvas(student, "explorer").get_attribute("data-revision") or ""
    asked = len(student.sent)  # type: ignore[attr-defined]
    leading.get_by_label(page_prose("attention")["page"]["sentence"], exact=True).fill("A dog chased the cat")
    expect(canvas(student, "explorer")).to_have_attribute(
        "data-params", re.compile("A dog chased"), timeout=FOLLOWED_MS
    )
    assert canvas(student, "explorer").get_attribute("data-revision") != before
    shown = leading.locator(".st-key-stage_canvas [data-revision]")
    expect(shown).to_have_attribute("data-revision", canvas(student, "explorer").get_attribute("data-revision") or "")
    assert len(student.sent) == asked  # type: ignore[attr-defined]
    assert sideways(student) == 0


def test_students_follow_from_page_to_page_and_are_shown_the_way_where_no_picture_follows(a_class: Class) -> None:
    student, leading = a_class.student, a_class.leading

    def go(title: str) -> None:
        page_link(leading, title).click()

    go("Blocks")
    expect(canvas(student, "blocks")).to_be_visible(timeout=FOLLOWED_MS)
    expect(canvas(student, "explorer")).to_have_count(0)
    go("Translate")
    elsewhere = SCREEN["elsewhere"].format(code=a_class.code, title="Translate")
    expect(student.get_by_text(elsewhere)).to_be_visible(timeout=FOLLOWED_MS)
    expect(student.get_by_role("link", name=SCREEN["go_there"])).to_have_attribute(
        "href", re.compile(r"^\./translate(\?|$)")
    )
    expect(canvas(student, "blocks")).to_have_count(0)


@pytest.mark.usefixtures("minilm")
def test_the_start_page_is_followed_word_by_word(a_class: Class) -> None:
    page_link(a_class.leading, "Start").click()
    expect(canvas(a_class.student, "start")).to_be_visible(timeout=FOLLOWED_MS)
    for word in ("street", "tired"):
        strip = a_class.leading.locator(".st-key-start_canvas [data-part=strip]")
        strip.get_by_role("button", name=word, exact=True).click()
        followed = a_class.student.locator(".st-key-class_canvas_start [data-part=strip]")
        expect(followed.get_by_role("button", pressed=True)).to_have_text(word, timeout=FOLLOWED_MS)


def test_a_student_tries_something_with_the_controls_that_were_chosen_and_comes_back(a_class: Class) -> None:
    desk, student, leading = a_class.desk, a_class.student, a_class.leading
    desk.get_by_text(SCREEN["students_find"]).click()
    desk.get_by_label(SCREEN["controls"]["heads"], exact=True).select_option("hidden")
    desk.get_by_label(SCREEN["controls"]["mask"], exact=True).select_option("locked")
    expect(student.get_by_role("link", name=SCREEN["try_it"])).to_have_attribute("href", re.compile("class_lock=mask"))
    student.get_by_role("link", name=SCREEN["try_it"]).click()
    wait_until_settled(student)
    back = student.locator(".attnlab-class")
    expect(back).to_have_text(FRAME["tries"].format(code=a_class.code))
    row = student.locator(".st-key-first_screen")  # the bar is open, for a teacher has chosen
    expect(row.get_by_text("mask", exact=True)).to_be_visible()
    assert row.get_by_text("heads", exact=True).count() == 0
    student.get_by_role("button", name=WORDS["explorer"]["unlock"]).click()
    expect(row.get_by_text("heads", exact=True)).to_be_visible()
    assert "heads=2" not in leading.url
    back.click()
    expect(student.get_by_text(SCREEN["following"].format(code=a_class.code, title="Attention"))).to_be_visible()
    assert parse_qs(urlsplit(student.url).query) == {"room": [a_class.code]}


def test_votes_are_counted_behind_a_closed_door_and_shown_when_the_teacher_says_so(
    a_class: Class, visit: Visit
) -> None:
    desk, student = a_class.desk, a_class.student
    other = visit(f"/class?room={a_class.code}")
    ask(desk, "Which <b>word</b>?", "choice", "the dog", "the cat")
    student.get_by_role("button", name="the dog", exact=True).click()
    other.get_by_role("button", name="the dog", exact=True).click()
    expect(desk.get_by_text(SCREEN["answered_of"].format(count=2, present=2))).to_be_visible()
    assert desk.locator(".histogram").count() + student.locator(".histogram").count() == 0
    other.get_by_role("button", name="the cat", exact=True).click()
    expect(other.get_by_text(SCREEN["answered"].format(answer="the cat"))).to_be_visible()
    deed(desk, "close")
    half = SCREEN["count"].format(count=1, share=50)
    expect(desk.locator(".histogram").get_by_text(half)).to_have_count(2)
    expect(student.get_by_text(SCREEN["closed"])).to_be_visible()
    assert student.locator(".histogram").count() == 0

    deed(desk, "again")
    for page in (student, other):
        expect(page.get_by_text(SCREEN["again_line"])).to_be_visible()
        page.get_by_role("button", name="the cat", exact=True).click()
    expect(desk.get_by_text(SCREEN["answered_of"].format(count=2, present=2))).to_be_visible()
    deed(desk, "close")
    deed(desk, "show")
    for page in (desk, student, other):
        expect(page.locator(".histogram dd div")).to_have_count(4)
        expect(page.locator(".histogram").get_by_text(SCREEN["count"].format(count=2, share=100))).to_be_visible()
        assert page.locator("h3 b").count() == 0
    with desk.expect_download() as offered:
        desk.get_by_role("link", name=SCREEN["csv"]).click()
    lines = offered.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "question,round,answer,count"
    assert lines[1:] == [
        f"Which <b>word</b>?,{line}" for line in ("1,the dog,1", "1,the cat,1", "2,the dog,0", "2,the cat,2")
    ]
    deed(desk, "end")
    expect(student.locator(".histogram")).to_have_count(0)


def lead_to_step(desk: Page, name: str, number: int) -> Page:
    """Open a step in the window that the class follows, from the desk."""
    if not desk.get_by_label(SCREEN["lesson_name"], exact=True).is_visible():
        desk.get_by_text(SCREEN["lesson"], exact=True).click()
    desk.get_by_label(SCREEN["lesson_name"], exact=True).select_option(name)
    desk.get_by_label(SCREEN["lesson_step"], exact=True).select_option(str(number))
    with desk.context.expect_page() as opened:
        desk.get_by_role("link", name=SCREEN["lesson_open"]).click()
    wait_until_settled(opened.value)
    return opened.value


def guess(student: Page, word: str) -> None:
    card = student.locator(".st-key-class_card")
    card.get_by_role("button", name=word, exact=True).click(timeout=FOLLOWED_MS)
    card.get_by_role("button", name=CARD["send"]).click()


def test_a_step_of_a_lesson_is_guessed_in_class_and_revealed_by_the_teacher(visit: Visit) -> None:
    code, desk = made_room(visit)
    students = [visit(f"/class?room={code}", width=390, dark=True), visit(f"/class?room={code}", width=1280)]
    leading = lead_to_step(desk, "match", 2)
    guess(students[0], "because")  # before anybody has asked: it is kept, and counted nowhere
    expect(students[0].locator(".st-key-class_card [data-part=said]")).to_have_text(CARD["kept"])
    desk.get_by_role("button", name=SCREEN["ask_step"]).click()
    for student, word in zip(students, ("because", "cat"), strict=True):
        expect(student.get_by_text(SCREEN["on_the_card"])).to_be_visible()
        guess(student, word)
        expect(student.get_by_text(SCREEN["answered"].format(answer=word))).to_be_visible()
        covered = student.locator(".st-key-class_lesson_stage .stage.covered")
        expect(covered).to_have_count(1)
        assert student.locator(".histogram").count() == 0
    expect(desk.get_by_text(SCREEN["answered_of"].format(count=2, present=2))).to_be_visible()
    deed(desk, "close")
    deed(desk, "show")
    half = SCREEN["count"].format(count=1, share=50)
    for page in (desk, *students):
        expect(page.locator(".histogram").get_by_text(half)).to_have_count(2)
    assert not any("82%" in student.content() for student in students)
    desk.get_by_role("link", name=SCREEN["reveal"]).click()
    expect(leading).to_have_url(re.compile("revealed=true"))
    for student, verdict in zip(students, (CARD["right"], CARD["wrong"]), strict=True):
        said = student.locator(".st-key-class_card [data-part=said]")
        expect(said).to_contain_text(verdict, timeout=FOLLOWED_MS)
        expect(said).to_contain_text("82%")
        expect(student.locator(".st-key-class_lesson_stage .stage.covered")).to_have_count(0)
        assert sideways(student) <= 1
    expect(desk.get_by_role("button", name=SCREEN["ask_step"])).to_be_hidden()


def test_a_cell_and_a_number_are_asked_for(a_class: Class) -> None:
    desk, student = a_class.desk, a_class.student
    ask(desk, "Where?", "cell")
    student.get_by_role("button", name=SCREEN["cell"].format(row="other", column="sing")).click()
    expect(student.get_by_text(SCREEN["answered"].format(answer="other × sing"))).to_be_visible()
    deed(desk, "close")
    warm = desk.get_by_title(SCREEN["of_cell"].format(row="other", column="sing", count=1))
    expect(warm).to_have_text("1")
    ask(desk, "How much?", "number")
    student.get_by_label(SCREEN["number"]).fill("0,25")
    student.get_by_role("button", name=SCREEN["send"]).click()
    expect(student.get_by_text(SCREEN["answered"].format(answer="0.25"))).to_be_visible()
    deed(desk, "close")
    expect(desk.locator("svg.strip circle")).to_have_count(1)
    assert sideways(student) == 0


def test_a_code_is_typed_and_a_room_that_is_none_is_said_to_be_none(visit: Visit) -> None:
    code, _ = made_room(visit)
    student = visit("/class")
    student.get_by_label(SCREEN["code"]).fill("zzzzz")
    student.get_by_role("button", name=SCREEN["enter"]).click()
    expect(student.get_by_role("alert")).to_have_text(WORDS["refusals"]["unknown"].format(code="ZZZZZ"))
    student.get_by_label(SCREEN["code"]).fill(code.lower())
    student.get_by_role("button", name=SCREEN["enter"]).click()
    expect(student.get_by_text(SCREEN["following"].format(code=code, title="Attention"))).to_be_visible()
    assert student.locator("p.code").count() == 0  # the desk is the teacher's


def test_a_reloaded_window_leads_on_and_a_reloaded_student_has_voted(a_class: Class) -> None:
    leading, student = a_class.leading, a_class.student
    ask(a_class.desk, "Which?", "choice", "one", "two")
    student.get_by_role("button", name="two", exact=True).click()
    expect(student.get_by_text(SCREEN["answered"].format(answer="two"))).to_be_visible()
    for page in (leading, student):
        page.reload()
        wait_until_settled(page)
    expect(student.get_by_text(SCREEN["answered"].format(answer="two"))).to_be_visible()
    leading.get_by_label(page_prose("attention")["page"]["sentence"], exact=True).fill("one two")
    expect(canvas(student, "explorer")).to_have_attribute("data-params", re.compile("one two"), timeout=FOLLOWED_MS)


def test_below_a_path_and_with_two_processes_a_class_is_one(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    env = {"ATTNLAB_STORE": f"sqlite:///{tmp_path_factory.mktemp('class') / 'runs.db'}"}
    with running_app("app.py", env=env, prefix="/lab") as one, running_app("app.py", env=env, prefix="/lab") as other:

        def opened(url: str) -> Page:
            context = browser.new_context(reduced_motion="reduce")
            context.add_cookies([{"name": COOKIE, "value": new_secret(), "url": url}])
            page = context.new_page()
            page.goto(url)
            wait_until_settled(page)
            return page

        desk = opened(f"{one.url}/class")
        desk.get_by_role("button", name=SCREEN["make"]).click()
        code = desk.locator("p.code")
        expect(code).to_have_text(re.compile("^[A-Z]{5}$"))
        student = opened(f"{other.url}/class?room={code.inner_text()}")
        leading = led_from(desk)
        leading.get_by_label(page_prose("attention")["page"]["sentence"], exact=True).fill("one two")
        expect(canvas(student, "explorer")).to_have_attribute("data-params", re.compile("one two"), timeout=FOLLOWED_MS)
        for page in (desk, student):
            page.context.close()
