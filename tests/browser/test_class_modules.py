"""The modules of a class: what a window's name says, what a room tells, questions and what was answered to them."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from attnlab.prose import page_prose
from tests.browser.canvases import mounted

SCREEN = page_prose("class")["screen"]
FRAME = page_prose("class")["frame"]
HOSTILE = "<img src=x onerror=alert(1)>"


# --- calls.js, led.js -------------------------------------------------------------------------------------------------


def test_a_window_s_name_says_its_part_and_nothing_else_is_taken_for_one(modules: Page) -> None:
    parts = modules.evaluate(
        """() => [m.calls.nameOf("leads", "BCDFG"), "attnlab:tries:BCDFG", "", "attnlab:leads:bcdfg",
          "attnlab:owns:BCDFG", "attnlab:leads:BCDFG/x"].map((name) => m.calls.partOf(name))"""
    )
    assert parts == [{"role": "leads", "code": "BCDFG"}, {"role": "tries", "code": "BCDFG"}, None, None, None, None]


def test_a_call_tells_status_and_answer_and_0_where_nobody_answers(modules: Page) -> None:
    told = modules.evaluate(
        """async () => {
          const asked = [];
          const fetched = window.fetch;
          const replies = [new Response('{"a":1}'), new Response(null, { status: 204 }), null];
          window.fetch = async (url, options) => {
            asked.push([new URL(url).pathname + new URL(url).search, options.method ?? "GET", options.body ?? ""]);
            const reply = replies.shift();
            if (!reply) throw new TypeError("away");
            return reply;
          };
          const { called } = m.calls;
          const answers = [await called("/BCDFG?seen=1.0"), await called("/BCDFG", { page: "" }), await called("", {})];
          window.fetch = fetched;
          return [asked, answers, answers.map(m.calls.isFine)];
        }"""
    )
    assert told[0] == [
        ["/room/BCDFG?seen=1.0", "GET", ""],
        ["/room/BCDFG", "POST", '{"page":""}'],
        ["/room", "POST", "{}"],
    ]
    assert told[1] == [{"status": 200, "told": {"a": 1}}, {"status": 204, "told": None}, {"status": 0, "told": None}]
    assert told[2] == [True, True, False]


def test_pictures_are_asked_for_by_the_teacher_s_link_once_there_is_one(modules: Page) -> None:
    asked = modules.evaluate(
        """async () => {
          const fetched = window.fetch;
          const asked = [];
          window.fetch = async (url) => (asked.push(new URL(url).search), new Response(null, { status: 204 }));
          const rest = () => new Promise((done) => setTimeout(done, 20));
          const ahead = new m.ahead.Ahead(() => {}, () => ({ of: "models" }), [], []);
          let led = 0;
          ahead.led = () => (led += 1);
          ahead.catchUp();
          await rest();
          const before = [asked.length, m.led.leader()];
          const lead = new m.led.Lead();
          lead.to("layer=3");
          await rest();
          lead.to("layer=3");
          await rest();
          const during = [...asked, led, m.led.leader()];
          ahead.catchUp();
          await rest();
          lead.dispose();
          ahead.dispose();
          window.fetch = fetched;
          return [before, during, asked.length, m.led.leader()];
        }"""
    )
    assert asked == [[0, None], ["?layer=3&of=models", 1, "layer=3"], 2, None]


def test_what_a_student_has_chosen_gives_way_when_the_teacher_leads_on(modules: Page) -> None:
    seen = modules.evaluate(
        """() => {
          const seen = [];
          const canvas = { read: () => ({ a: 0 }), readIn: ({ selection }) => selection, tell: () => seen.push("told"),
            adopt: ({ selection }) => seen.push(selection.a), show: () => {} };
          const conversation = new m.conversation.Conversation(canvas, 1000);
          const picture = (a, revision) => ({ header: { selection: { a }, revision } });
          conversation.receive(picture(1, "r"));
          conversation.choose({ a: 5 });
          conversation.preview(picture(2, "s"));
          const own = [...seen];
          conversation.follow();
          conversation.preview(picture(3, "s"));
          conversation.preview(picture(4, "t"));
          return [own, seen, conversation.untold, conversation.sending];
        }"""
    )
    assert seen == [[1], [1, 3, 4], {}, 0]


# --- stream.js --------------------------------------------------------------------------------------------------------

STREAM = """async ([answers, acts]) => {
  const log = [];
  const sources = [];
  const timers = new Map();
  const [set, clear] = [window.setTimeout, window.clearTimeout];
  const rest = () => new Promise((done) => set(done, 0));
  let count = 0;
  window.setTimeout = (act) => (timers.set((count += 1), act), count);
  window.clearTimeout = (id) => timers.delete(id);
  const means = {
    called: async (path) => (log.push(path.replace(/seat=.*/, "")), answers.shift()),
    events: (path) => (sources.push({ close: () => log.push("closed") }), log.push("listens"), sources.at(-1)),
  };
  const heard = { take: ({ seen }) => log.push(`took ${seen}`), refused: (sentence) => log.push(sentence) };
  const stream = new m.stream.Stream("BCDFG", heard, m.stream.newSeat(), means);
  await rest();
  await rest();
  for (const act of acts) {
    if (act === "event") sources.at(-1).onmessage({ data: JSON.stringify({ seen: "9.0" }) });
    if (act === "error") sources.at(-1).onerror();
    if (act === "later") {
      const due = [...timers.values()];
      timers.clear();
      for (const one of due) one();
    }
    if (act === "close") stream.close();
    await rest();
    await rest();
  }
  Object.assign(window, { setTimeout: set, clearTimeout: clear });
  return log;
}"""
FINE = {"status": 200, "told": {"seen": "3.0"}}
GONE = {"status": 404, "told": {"sentence": "There is none."}}
AWAY = {"status": 0, "told": None}


OPENED = ["/BCDFG?seen=&", "took 3.0", "listens"]
ASKED = ["closed", "/BCDFG?seen=3.0&"]


@pytest.mark.parametrize(
    ("answers", "acts", "log"),
    [
        ([FINE], ["event"], [*OPENED, "took 9.0"]),
        ([GONE], [], ["/BCDFG?seen=&", "There is none."]),
        ([FINE, FINE], ["later", "later"], [*OPENED, *ASKED, "took 3.0", "closed"]),
        ([FINE, AWAY, FINE], ["error", "later", "later"], [*OPENED, *ASKED, *ASKED, "took 3.0", "closed"]),
        ([FINE, GONE], ["error", "later", "later"], [*OPENED, *ASKED, "There is none."]),
        ([FINE], ["close", "later"], [*OPENED, "closed"]),
    ],
    ids=["events", "no room", "a proxy holds them back", "lost for a while", "dead", "left"],
)
def test_a_room_is_heard_of_by_events_or_else_by_asking(
    answers: list[Any], acts: list[str], log: list[str], modules: Page
) -> None:
    assert modules.evaluate(STREAM, [answers, acts]) == log


def test_a_seat_is_22_signs_at_random(modules: Page) -> None:
    seats = modules.evaluate("() => Array.from({ length: 50 }, () => m.stream.newSeat())")
    assert len(set(seats)) == 50
    assert all(len(seat) == 22 and seat.replace("-", "").replace("_", "").isalnum() for seat in seats)


# --- door.js, ballot.js -----------------------------------------------------------------------------------------------


def test_the_door_takes_five_letters_and_says_why_there_is_no_room(modules: Page) -> None:
    seen = modules.evaluate(
        """([words, missing]) => {
          const entered = [];
          const nodes = m.door.door({ missing, words }, (code) => entered.push(code));
          const [said, student] = nodes;
          const texts = [said.textContent];
          const form = student.querySelector("form");
          for (const typed of ["bcd", "B1DFG", " bcdfg "]) {
            form.querySelector("input").value = typed;
            form.dispatchEvent(new Event("submit", { cancelable: true }));
            texts.push(said.textContent);
          }
          return [texts, entered, said.children.length];
        }""",
        [SCREEN, HOSTILE],
    )
    assert seen == [[HOSTILE, SCREEN["code_form"], SCREEN["code_form"], SCREEN["code_form"]], ["BCDFG"], 0]


BALLOT = """([poll, answer, words, clicks]) => {
  const votes = [];
  const nodes = m.ballot.ballot(poll, answer, words, (given) => votes.push(given));
  const root = m.dom.element("div", "", ...nodes);
  for (const [selector, typed] of clicks) {
    const target = root.querySelector(selector);
    if (target.tagName !== "FORM") target.click();
    else {
      target.querySelector("input").value = typed;
      target.dispatchEvent(new Event("submit", { cancelable: true }));
    }
  }
  const pressed = [...root.querySelectorAll('[aria-pressed="true"]')].map((one) => one.textContent || one.title);
  return { votes, pressed, text: root.textContent, images: root.querySelectorAll("img").length };
}"""
CHOICE = {"kind": "choice", "text": HOSTILE, "options": ["a cat", HOSTILE], "round": 1}
CELL = {"kind": "cell", "text": "Where?", "rows": ["The", HOSTILE], "columns": ["The", "cat", "sat"], "round": 2}


def test_an_option_is_chosen_and_the_one_that_was_stays_pressed(modules: Page) -> None:
    seen = modules.evaluate(BALLOT, [CHOICE, "2", SCREEN, [[".option", ""]]])
    assert (seen["votes"], seen["pressed"], seen["images"]) == ([1], [HOSTILE], 0)
    assert SCREEN["answered"].format(answer=HOSTILE) in seen["text"]


def test_a_number_is_read_as_people_write_it(modules: Page) -> None:
    poll = {"kind": "number", "text": "How much?", "round": 1}
    typed = ["0,5", " -3 ", "−2.5", "", "half", "1e400", "12"]
    seen = modules.evaluate(BALLOT, [poll, None, SCREEN, [["form", text] for text in typed]])
    assert seen["votes"] == [0.5, -3, -2.5, 12]
    assert SCREEN["unanswered"] in seen["text"]


def test_a_cell_is_clicked_by_row_and_column(modules: Page) -> None:
    seen = modules.evaluate(BALLOT, [CELL, "2.3", SCREEN, [["tr:nth-child(3) td:nth-child(3) button", ""]]])
    assert seen["votes"] == [[2, 2]]
    assert seen["pressed"] == [SCREEN["cell"].format(row=HOSTILE, column="sat")]
    assert SCREEN["again_line"] in seen["text"]
    assert seen["images"] == 0


# --- results.js -------------------------------------------------------------------------------------------------------

RESULTS = "([poll, words]) => m.dom.element('div', '', ...m.results.results(poll, words))"


def test_a_histogram_has_a_bar_for_each_option_and_vote(modules: Page) -> None:
    poll = CHOICE | {"rounds": [[["1", 3], ["2", 1]], [["1", 0], ["2", 0]]]}
    widths, text = modules.evaluate(
        f"""(given) => {{
          const root = ({RESULTS})(given);
          return [[...root.querySelectorAll("dd i")].map(({{ style }}) => style.width), root.textContent];
        }}""",
        [poll, SCREEN],
    )
    assert widths == ["75%", "0%", "25%", "0%"]
    assert SCREEN["count"].format(count=3, share=75) in text
    assert SCREEN["round"].format(number=2, count=0) in text


def test_numbers_lie_on_a_strip_a_dot_a_vote_piled_up_where_they_are_alike(modules: Page) -> None:
    poll = {"kind": "number", "text": "How much?", "rounds": [[["0", 2], ["0.5", 1], ["1", 3]], [["1", 1]]]}
    strips = modules.evaluate(
        f"""(given) => [...({RESULTS})(given).querySelectorAll("svg")].map((svg) => ({{
          dots: [...svg.querySelectorAll("circle")].map((dot) => ["cx", "cy"].map((at) => +dot.getAttribute(at))),
          ends: [...svg.querySelectorAll("text")].map((text) => text.textContent),
        }}))""",
        [poll, SCREEN],
    )
    assert [len(strip["dots"]) for strip in strips] == [6, 1]
    assert strips[0]["ends"] == ["0", "1"]
    places = sorted({x for x, _ in strips[0]["dots"]})
    assert len(places) == 3
    assert abs(places[1] - (places[0] + places[2]) / 2) <= 5
    assert len({tuple(dot) for dot in strips[0]["dots"]}) == 6
    assert strips[1]["dots"][0][0] == places[2]  # both votes on one axis


def test_cells_are_the_warmer_the_more_have_clicked_them(modules: Page) -> None:
    poll = CELL | {"rounds": [[["1.2", 4], ["2.3", 1]]]}
    heats = modules.evaluate(
        f"""(given) => [...({RESULTS})(given).querySelectorAll(".heat")].map(({{ textContent, style }}) =>
          [textContent, style.getPropertyValue("--of")])""",
        [poll, SCREEN],
    )
    assert heats == [["", "0%"], ["4", "100%"], ["", "0%"], ["", "0%"], ["", "0%"], ["1", "25%"]]


ROW = {
    "text": "Which?",
    "columns": ["The", HOSTILE, "sat"],
    "options": ["a", HOSTILE],
    "low": 0,
    "high": 2,
    "unit": "bits",
}


def test_drawn_shares_are_shown_by_their_mean_and_how_far_they_lie_apart(modules: Page) -> None:
    poll = ROW | {"kind": "weights", "rounds": [[["100.0.0", 1], ["50.50.0", 3]]]}
    widths, text = modules.evaluate(
        f"""(given) => {{
          const root = ({RESULTS})(given);
          return [[...root.querySelectorAll("dd i")].map(({{ style }}) => style.width), root.textContent];
        }}""",
        [poll, SCREEN],
    )
    assert widths == ["62.5%", "37.5%", "0%"]
    assert SCREEN["mean"].format(share=63, low=50, high=100) in text


def test_all_drawn_curves_lie_over_each_other_the_more_often_the_stronger(modules: Page) -> None:
    poll = ROW | {"kind": "curve", "rounds": [[["0.50.100", 3], ["0.0.0", 1]], [["10.10.10", 1]]]}
    lines = modules.evaluate(
        f"""(given) => [...({RESULTS})(given).querySelectorAll(".plot .line")].map((line) =>
          [line.getAttribute("class"), Number(line.getAttribute("stroke-opacity"))])""",
        [poll, SCREEN],
    )
    assert [name for name, _ in lines] == ["line round1", "line round1", "line round2"]
    assert lines[0][1] > lines[1][1] > 0


def test_an_order_is_counted_place_by_place_and_a_word_as_an_option(modules: Page) -> None:
    order = ROW | {"kind": "order", "rounds": [[["1.2", 3], ["2.1", 1]]]}
    heats = f"(given) => [...({RESULTS})(given).querySelectorAll('.heat')].map((heat) => heat.textContent)"
    assert modules.evaluate(heats, [order, SCREEN]) == ["3", "1", "1", "3"]
    word = ROW | {"kind": "word", "rounds": [[["1", 0], ["2", 1], ["3", 3]]]}
    seen = modules.evaluate(
        f"""(given) => {{
          const root = ({RESULTS})(given);
          return [[...root.querySelectorAll("dt")].map((one) => one.textContent), root.querySelectorAll("img").length];
        }}""",
        [word, SCREEN],
    )
    assert seen == [[HOSTILE, "sat"], 0]  # nobody chose the first


def test_a_question_of_a_lesson_is_answered_on_its_card_and_what_was_answered_is_said(modules: Page) -> None:
    answers = {"word": "3", "order": "2.1", "weights": "50.50.0", "curve": "0.50.100"}
    said = {"word": "sat", "weights": SCREEN["drawn_weights"], "curve": SCREEN["drawn_curve"]}
    for kind, answer in answers.items():
        poll = ROW | {"kind": kind, "step": "match.2", "round": 1}
        seen = modules.evaluate(BALLOT, [poll, answer, SCREEN, []])
        assert SCREEN["on_the_card"] in seen["text"]
        assert said.get(kind, HOSTILE) in seen["text"]
        assert (seen["images"], seen["votes"]) == (0, [])


def test_an_answer_is_as_the_room_keeps_it(modules: Page) -> None:
    kept = "([poll, given]) => m.screen.keptAs(poll, given)"
    assert modules.evaluate(kept, [ROW | {"kind": "weights"}, [1, 1, 2]]) == "25.25.50"
    assert modules.evaluate(kept, [ROW | {"kind": "curve"}, [0, 1, 2]]) == "0.50.100"
    assert modules.evaluate(kept, [ROW | {"kind": "order"}, [2, 1]]) == "2.1"
    assert modules.evaluate(kept, [ROW | {"kind": "cell"}, [3, 1]]) == "3.1"
    assert modules.evaluate(kept, [ROW | {"kind": "choice"}, 2]) == "2"


@pytest.mark.parametrize("kind", ["choice", "number", "cell", "word", "weights", "order", "curve"])
def test_of_nobody_s_answers_a_picture_is_drawn_all_the_same(kind: str, modules: Page) -> None:
    rounds = {"choice": [[["1", 0], ["2", 0]]], "word": [[["1", 0], ["2", 0], ["3", 0]]]}.get(kind, [[]])
    text = modules.evaluate(
        f"(given) => ({RESULTS})(given).textContent", [ROW | CELL | CHOICE | {"kind": kind, "rounds": rounds}, SCREEN]
    )
    assert "NaN" not in text
    assert SCREEN["round"].format(number=1, count=0) in text


# --- desk.js, screen.js -----------------------------------------------------------------------------------------------


def test_a_qr_code_has_a_square_for_each_dark_module_and_room_around_it(modules: Page) -> None:
    seen = modules.evaluate(
        """() => {
          const drawing = m.desk.qrCode(["101", "010", "111"], "the link");
          const [ground, dark] = drawing.children;
          return [drawing.getAttribute("viewBox"), dark.getAttribute("d").split("z").length - 1,
            dark.getAttribute("d").slice(0, 4), ground.getAttribute("fill"), m.desk.qrCode([], "x")];
        }"""
    )
    assert seen == ["0 0 11 11", 6, "M4 4", "#fff", None]


def test_who_tries_something_has_the_teacher_s_state_and_the_controls_that_were_chosen(modules: Page) -> None:
    addresses = modules.evaluate(
        """() => {
          const controls = { show: ["heads", "mask"], lock: ["mask"] };
          return [{ page: "", link: "heads=2", controls }, { page: "", link: "", controls: { show: [], lock: [] } },
            { page: "models", link: "layer=3", controls }].map((state) => m.screen.tryAddress(state));
        }"""
    )
    assert addresses == [
        "./?heads=2&class_show=heads&class_show=mask&class_lock=mask",
        "./",
        "./models?layer=3",
    ]


# --- drive.js ---------------------------------------------------------------------------------------------------------

DRIVE = """async ([name, words, statuses, acts]) => {
  const posts = [];
  const listeners = {};
  const navigation = new EventTarget();
  const html = document.createElement("html");
  const sent = [];
  const made = {
    name,
    location: { pathname: "/lab/", search: "?heads=2" },
    navigation,
    document: {
      baseURI: "http://lab.invalid/lab/",
      documentElement: html,
      querySelector: () => ({ content: JSON.stringify(words) }),
      addEventListener: (_, act) => act(),
      body: html,
    },
    addEventListener: (kind, act) => (listeners[kind] = act),
  };
  const set = window.setTimeout;
  const timers = [];
  window.setTimeout = (act, ms) => timers.push({ act, ms });
  const clear = window.clearTimeout;
  window.clearTimeout = (id) => id && (timers[id - 1].act = () => {});
  const rest = () => new Promise((done) => set(done, 0));
  const post = async (path, body) => {
    posts.push([path, body.page, body.link]);
    return { status: statuses.shift() ?? 204, told: { sentence: "It is over." } };
  };
  const drive = new m.drive.Drive(made, post);
  drive.begin();
  await rest();
  for (const [act, value] of acts) {
    if (act === "go") Object.assign(made.location, value);
    if (act === "go") navigation.dispatchEvent(new Event("currententrychange"));
    if (act === "drag") listeners["attnlab-preview"]({ detail: value });
    if (act === "later") timers.splice(0).forEach((timer) => timer.act());
    await rest();
  }
  Object.assign(window, { setTimeout: set, clearTimeout: clear });
  const sign = html.querySelector(".attnlab-class");
  const marked = html.hasAttribute("data-class");
  return { posts, sign: sign && [sign.textContent, sign.hidden, sign.getAttribute("href")], marked };
}"""


def driven(modules: Page, name: str, acts: list[Any], statuses: list[int] | None = None) -> Any:
    return modules.evaluate(DRIVE, [name, FRAME, statuses or [], acts])


def test_a_window_without_a_part_in_a_class_does_nothing(modules: Page) -> None:
    assert driven(modules, "", [["go", {"search": "?heads=4"}]]) == {"posts": [], "sign": None, "marked": False}


def test_who_tries_something_posts_nothing_and_is_shown_the_way_back(modules: Page) -> None:
    seen = driven(modules, "attnlab:tries:BCDFG", [["go", {"search": "?heads=4"}]])
    assert seen == {
        "posts": [],
        "sign": [FRAME["tries"].format(code="BCDFG"), False, "./class?room=BCDFG"],
        "marked": True,
    }


def test_the_teacher_s_window_posts_its_place_at_most_once_in_a_while_and_the_last_one_always(modules: Page) -> None:
    acts = [
        ["go", {"search": "?heads=4"}],
        ["go", {"search": "?heads=8"}],
        ["later", None],
        ["go", {"search": "?heads=8"}],
        ["drag", {"temperature": 0.5}],
        ["later", None],
        ["go", {"pathname": "/lab/blocks", "search": ""}],
        ["later", None],
    ]
    seen = driven(modules, "attnlab:leads:BCDFG", acts)
    assert seen["posts"] == [
        ["/BCDFG", "", "heads=2"],
        ["/BCDFG", "", "heads=8"],
        ["/BCDFG", "", "heads=8&temperature=0.5"],
        ["/BCDFG", "blocks", ""],
    ]
    assert seen["sign"][0] == FRAME["leads"].format(code="BCDFG")


def test_on_the_class_page_a_window_has_no_part(modules: Page) -> None:
    seen = driven(modules, "attnlab:leads:BCDFG", [["later", None], ["go", {"pathname": "/lab/class"}]])
    assert (len(seen["posts"]), seen["sign"][1], seen["marked"]) == (1, True, False)


def test_what_was_refused_for_now_is_posted_again_and_a_room_that_is_gone_is_left(modules: Page) -> None:
    seen = driven(modules, "attnlab:leads:BCDFG", [["later", None], ["later", None]], [429, 0])
    assert seen["posts"] == [["/BCDFG", "", "heads=2"]] * 3
    seen = driven(modules, "attnlab:leads:BCDFG", [["go", {"search": "?heads=4"}], ["later", None]], [404])
    assert seen["posts"] == [["/BCDFG", "", "heads=2"]]
    assert seen["sign"][0] == "It is over."


# --- classroom.js, mounted alone --------------------------------------------------------------------------------------


def test_the_room_that_a_page_names_is_asked_for_and_its_refusal_is_said(browser: Browser) -> None:
    with mounted(browser, "classroom") as room:
        page = room.page
        data = {"room": "", "missing": "", "qr": [], "titles": {}, "canvases": {}, "controls": [], "words": SCREEN}
        room.run(data)
        page.get_by_text(SCREEN["student"]).wait_for()
        sentence = '{"refused": "unknown", "sentence": "There is none."}'
        page.route("**/room/BCDFG**", lambda route: route.fulfill(status=404, body=sentence))
        room.run(data | {"room": "BCDFG"})
        page.get_by_role("alert").get_by_text("There is none.").wait_for()
        assert page.get_by_text(SCREEN["student"]).count() == 0
