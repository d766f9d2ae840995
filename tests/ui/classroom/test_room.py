"""The routes of a room: who may do what, what is told to whom, and what is refused in which words."""

import asyncio
import json
import re
from typing import Any

import pytest

from attnlab.lessons import lesson
from attnlab.prose import page_prose
from attnlab.training.store import StoreBusy
from attnlab.ui import room
from attnlab.ui.classroom.limits import MOST_BYTES, Limit
from attnlab.ui.classroom.opened import rooms
from tests.ui.classroom.asking import Browser, Reply, asked
from tests.ui.classroom.conftest import Class

REFUSALS = page_prose("class")["refusals"]
ASK = {"deed": "ask", "kind": "choice", "question": "Which?", "options": ["a cat", "a dog"]}


def said(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.told["sentence"]


def test_who_makes_a_room_leads_it_and_others_follow(a_class: Class) -> None:
    assert a_class.teacher.post(a_class.path, {"page": "models", "link": "?layer=3&head=2"}).status == 204
    state = a_class.student.get(a_class.path).told
    assert (state["page"], state["link"], state["teacher"]) == ("models", "layer=3&head=2", False)
    assert a_class.teacher.get(a_class.path).told["teacher"] is True


def test_the_teacher_is_known_by_a_cookie_of_that_room_alone_which_no_script_reads(a_class: Class) -> None:
    made = Browser().post("/room", {})
    cookie = made.headers["set-cookie"]
    assert made.status == 201
    assert f"Path=/room/{made.told['code']};" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    secret = cookie.partition("=")[2].partition(";")[0]
    assert secret.encode() not in made.body
    assert a_class.teacher.cookies("/room/ZZZZZ") == {}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", {"page": "", "link": "heads=2"}),
        ("/controls", {"show": [], "lock": ["mask"]}),
        ("/poll", ASK),
        ("/poll", {"deed": "close"}),
    ],
)
def test_nobody_else_leads(path: str, body: Any, a_class: Class) -> None:
    for browser in (a_class.student, Browser(), Browser({"x": ("y", "/")})):
        assert said(browser.post(a_class.path + path, body)) == (403, REFUSALS["not_teacher"])
    assert Browser().get(f"{a_class.path}/counts").status == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"page": "", "link": "heads=x"}, "heads"),
        ({"page": "", "link": "temperature=nan"}, "temperature"),
        ({"page": "", "link": "heads=2&heads=4"}, "heads"),
        ({"page": "", "link": "s=1.%00"}, "link"),
        ({"page": "models", "link": "m_model=../../etc/passwd"}, "m_model"),
        ({"page": "blocks", "link": "stack_depth=7"}, "stack_depth"),
        ({"page": "https://evil.invalid", "link": ""}, "page"),
        ({"page": "class", "link": ""}, "page"),
        ({"page": ["models"], "link": ""}, "page"),
        ({"page": "", "link": 5}, "link"),
        ({"page": "", "link": "a" * 16_001}, "link"),
        ({"page": "", "link": "&".join(f"a{n}=1" for n in range(300))}, "link"),
        ({"link": ""}, "page"),
        ([], "body"),
        (b"{", "body"),
        (b"[" * 20_000, "body"),
        (b"\xff\xfe", "body"),
    ],
)
def test_a_link_that_cannot_be_taken_leads_nowhere(body: Any, field: str, a_class: Class) -> None:
    before = a_class.student.get(a_class.path).told
    status, sentence = said(a_class.teacher.post(a_class.path, body))
    assert status == 422
    assert sentence.startswith(page_prose("refusals")["fields"].get(field, field))
    assert " must " in sentence
    assert a_class.student.get(a_class.path).told == before


def test_of_a_link_nothing_is_kept_but_what_the_page_knows(a_class: Class) -> None:
    a_class.teacher.post(a_class.path, {"page": "", "link": "heads=2&embed=true&x=%3Cscript%3E&sentence=a+%26+b"})
    assert a_class.student.get(a_class.path).told["link"] == "heads=2&sentence=a+%26+b"


def test_who_has_seen_the_room_as_it_is_is_told_nothing(a_class: Class) -> None:
    seen = a_class.student.get(a_class.path).told["seen"]
    assert a_class.student.get(f"{a_class.path}?seen={seen}").status == 204
    a_class.teacher.post(a_class.path, {"page": "", "link": "heads=2"})
    assert a_class.student.get(f"{a_class.path}?seen={seen}").status == 200


def test_an_unknown_room_is_said_to_be_none(a_class: Class) -> None:
    for path in ("/room/ZZZZZ", "/room/ZZZZZ/events", "/room/ZZZZZ/counts"):
        assert said(Browser().get(path)) == (404, REFUSALS["unknown"].format(code="ZZZZZ"))
    assert said(Browser().post("/room/zzzzz", {"page": "", "link": ""}))[0] == 404
    assert said(Browser().post("/room/ZZZZZ/vote", {"answer": 1}))[0] == 404
    assert a_class.student.get(a_class.path.lower().replace("/room/", "/room/")).status == 200


def test_small_letters_name_the_same_room(a_class: Class) -> None:
    assert a_class.student.get(f"/room/{a_class.code.lower()}").told["page"] == ""


# --- questions --------------------------------------------------------------------------------------------------------


def test_counts_are_told_to_nobody_before_the_question_is_closed_and_to_the_class_when_they_are_shown(
    a_class: Class,
) -> None:
    teacher, student, path = a_class.teacher, a_class.student, a_class.path
    assert teacher.post(f"{path}/poll", ASK).status == 204
    assert student.post(f"{path}/vote", {"answer": 2}).status == 204

    def polls() -> list[dict[str, Any]]:
        return [browser.get(path).told["poll"] for browser in (teacher, student)]

    told, seen = polls()
    assert (told["answered"], "rounds" in told, "answered" in seen, "rounds" in seen) == (1, False, False, False)
    teacher.post(f"{path}/poll", {"deed": "close"})
    told, seen = polls()
    assert told["rounds"] == [[["1", 0], ["2", 1]]]
    assert not {"rounds", "answered"} & set(seen)
    teacher.post(f"{path}/poll", {"deed": "show"})
    told, seen = polls()
    assert seen["rounds"] == told["rounds"]
    teacher.post(f"{path}/poll", {"deed": "again"})
    told, seen = polls()
    assert (told["round"], told["answered"], "rounds" in told, "rounds" in seen) == (2, 0, False, False)
    student.post(f"{path}/vote", {"answer": 1})
    teacher.post(f"{path}/poll", {"deed": "close"})
    assert polls()[0]["rounds"] == [[["1", 0], ["2", 1]], [["1", 1], ["2", 0]]]


def test_a_student_finds_the_own_answer_again(a_class: Class) -> None:
    a_class.teacher.post(f"{a_class.path}/poll", ASK)
    a_class.student.post(f"{a_class.path}/vote", {"answer": 2})
    assert a_class.student.get(a_class.path).told["answer"] == "2"
    assert Browser().get(a_class.path).told["answer"] is None


def test_a_cell_is_asked_for_in_the_matrix_that_is_shown(a_class: Class) -> None:
    a_class.teacher.post(a_class.path, {"page": "", "link": "sentence=a+b+c&tokenizer=characters"})
    ask = {"deed": "ask", "kind": "cell", "question": "Where?"}
    assert a_class.teacher.post(f"{a_class.path}/poll", ask).status == 204
    poll = a_class.student.get(a_class.path).told["poll"]
    assert poll["rows"] == poll["columns"] == ["a", " ", "b", " ", "c"]
    assert a_class.student.post(f"{a_class.path}/vote", {"answer": [5, 6]}).status == 422
    assert a_class.student.post(f"{a_class.path}/vote", {"answer": [5, 5]}).status == 204
    a_class.teacher.post(a_class.path, {"page": "blocks", "link": ""})
    assert said(a_class.teacher.post(f"{a_class.path}/poll", ask))[0] == 422


def test_a_room_answers_in_the_language_of_the_page_that_asks(a_class: Class) -> None:
    sentences = {}
    for tag in ("en", "zh-CN"):
        headers = {"accept-language": tag}
        missing = asyncio.run(asked("GET", "/room/ZZZZZ", b"", {}, headers)).told["sentence"]
        refused = asyncio.run(asked("POST", a_class.path, b"{", {}, headers)).told["sentence"]
        table = a_class.teacher.get(f"{a_class.path}/counts?lang={tag[:2]}").body.decode("utf-8-sig")
        sentences[tag] = [missing, refused, table]
    assert all(text.isascii() for text in sentences["en"])
    assert not [text for text in sentences["zh-CN"] if not re.search("[一-鿿]", text) or re.search("[a-z]{3}", text)]
    assert sentences["zh-CN"][2].strip() == "问题,轮次,答案,人数"


STEP = {"deed": "ask", "kind": "step"}


@pytest.mark.parametrize(
    ("link", "kind", "given", "refused"),
    [
        ("lesson=rows&step=1", "choice", 1, 9),
        ("lesson=mask&step=2", "number", 66, "many"),
        ("lesson=match&step=2", "word", 3, 40),
        ("lesson=shares&step=3", "weights", [1] * 12, [1]),
        ("lesson=who_wins&step=2", "order", [2, 1, 3], [1, 1, 2]),
        ("lesson=who_wins&step=5", "curve", [0.5] * 9, [2.0] * 9),
    ],
)
def test_a_question_of_a_lesson_is_asked_as_it_stands_and_says_nothing_of_its_answer(
    link: str, kind: str, given: Any, refused: Any, a_class: Class
) -> None:
    teacher, student, path = a_class.teacher, a_class.student, a_class.path
    teacher.post(path, {"page": "lessons", "link": link})
    assert student.get(path).told["step"]["asks"] is True
    assert teacher.post(f"{path}/poll", STEP).status == 204
    poll = student.get(path).told["poll"]
    name, number = (part.partition("=")[2] for part in link.split("&"))
    step = lesson(name).steps[int(number) - 1]
    words = page_prose(f"lessons/{name}")["steps"][step.id]
    assert (poll["kind"], poll["text"], poll["step"]) == (kind, words["text"], f"{name}.{number}")
    assert "rounds" not in poll
    assert words["why"].partition("{")[0] not in json.dumps(student.get(path).told, ensure_ascii=False)
    assert student.post(f"{path}/vote", {"answer": refused}).status == 422
    assert student.post(f"{path}/vote", {"answer": given}).status == 204
    teacher.post(f"{path}/poll", {"deed": "close"})
    counted = teacher.get(path).told["poll"]["rounds"][0]
    assert sum(count for _, count in counted) == 1


def test_a_question_of_a_lesson_is_asked_in_the_language_of_the_desk(a_class: Class) -> None:
    a_class.teacher.post(a_class.path, {"page": "lessons", "link": "lesson=rows&step=1"})
    a_class.teacher.post(f"{a_class.path}/poll?lang=zh", STEP)
    words = page_prose("lessons/rows", "zh")["steps"][lesson("rows").steps[0].id]
    assert a_class.student.get(a_class.path).told["poll"]["text"] == words["text"]


@pytest.mark.parametrize(
    "place",
    [
        {"page": "", "link": ""},
        {"page": "lessons", "link": ""},
        {"page": "lessons", "link": "lesson=rows&step=2"},
        {"page": "lessons", "link": "lesson=rows&step=1&revealed=true"},
    ],
    ids=["explorer", "list", "task", "computed"],
)
def test_where_no_step_asks_anything_none_can_be_put_to_the_class(place: dict[str, str], a_class: Class) -> None:
    assert a_class.teacher.post(a_class.path, place).status == 204
    assert not (a_class.student.get(a_class.path).told["step"] or {}).get("asks")
    assert said(a_class.teacher.post(f"{a_class.path}/poll", STEP))[0] == 422


def test_a_class_is_never_led_to_the_teacher_s_notes(a_class: Class) -> None:
    link = "lesson=match&step=2&for=teacher&head=2"
    a_class.teacher.post(a_class.path, {"page": "lessons", "link": link})
    assert a_class.student.get(a_class.path).told["link"] == "lesson=match&step=2&head=2"


def test_counts_come_as_a_table_without_seats_and_without_formulas(a_class: Class) -> None:
    a_class.teacher.post(f"{a_class.path}/poll", ASK | {"options": ["=1+1", "b"]})
    a_class.student.post(f"{a_class.path}/vote", {"answer": 1})
    reply = a_class.teacher.get(f"{a_class.path}/counts")
    text = reply.body.decode("utf-8-sig")
    assert reply.headers["content-disposition"] == f'attachment; filename="class-{a_class.code}.csv"'
    assert text.splitlines() == ["question,round,answer,count", "Which?,1,'=1+1,1", "Which?,1,b,0"]
    seat = a_class.student.cookies(a_class.path)[room.SEAT_COOKIE]
    assert seat not in text
    a_class.teacher.post(f"{a_class.path}/poll", {"deed": "ask", "kind": "number", "question": "How much?"})
    a_class.student.post(f"{a_class.path}/vote", {"answer": -0.5})
    assert a_class.teacher.get(f"{a_class.path}/counts").body.decode().splitlines()[-1] == "How much?,1,-0.5,1"


@pytest.mark.parametrize("controls", [{"show": ["device"], "lock": []}, {"show": "mask", "lock": []}, {"lock": []}])
def test_what_is_no_control_is_not_chosen(controls: Any, a_class: Class) -> None:
    assert said(a_class.teacher.post(f"{a_class.path}/controls", controls))[0] == 422
    a_class.teacher.post(f"{a_class.path}/controls", {"show": ["mask", "heads"], "lock": ["heads"]})
    assert a_class.student.get(a_class.path).told["controls"] == {"show": ["mask", "heads"], "lock": ["heads"]}


# --- seats ------------------------------------------------------------------------------------------------------------


def test_a_browser_has_one_seat_and_its_page_s_own_where_it_keeps_no_cookie(a_class: Class) -> None:
    a_class.student.get(a_class.path)
    assert a_class.teacher.get(a_class.path).told["present"] == 1
    framed = Browser(keeps_cookies=False)
    for _ in range(3):
        framed.get(f"{a_class.path}?seat={'s' * 22}")
    assert a_class.teacher.get(a_class.path).told["present"] == 2


# --- limits -----------------------------------------------------------------------------------------------------------


def test_five_posts_a_second_are_taken_of_one_sender(a_class: Class) -> None:
    move = {"page": "", "link": "heads=2"}
    replies = [a_class.teacher.post(a_class.path, move) for _ in range(6)]
    assert [reply.status for reply in replies] == [204] * 5 + [429]
    assert said(replies[5]) == (429, REFUSALS["fast"])
    assert replies[5].headers["retry-after"] == "1"
    a_class.student.post(f"{a_class.path}/vote", {"answer": 1})
    assert a_class.student.post(f"{a_class.path}/vote", {"answer": 1}).status == 422  # nobody else waits for it


def test_rooms_are_made_no_faster(a_class: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MADE", Limit(2, clock=lambda: 0.0))
    assert [Browser().post("/room", {}).status for _ in range(3)] == [201, 201, 429]


def test_a_body_without_end_is_cut_off(a_class: Class) -> None:
    status, sentence = said(a_class.teacher.post(a_class.path, b'{"link": "' + b"a" * MOST_BYTES))
    assert (status, sentence) == (413, REFUSALS["large"].format(most=MOST_BYTES))


def test_a_store_that_cannot_do_it_now_says_so(a_class: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_code: str) -> None:
        raise StoreBusy

    monkeypatch.setattr(rooms(), "look", busy)
    assert said(a_class.student.get(a_class.path)) == (503, REFUSALS["store"])


def test_one_seat_has_so_many_streams(a_class: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room.READER, "streams", lambda _code, _seat: 6)
    reply = asyncio.run(asked("GET", f"{a_class.path}/events", b"", {}))
    assert reply.status == 429
    assert page_prose("refusals")["fields"]["streams"] in reply.told["sentence"]
    assert "at most 6" in reply.told["sentence"]
