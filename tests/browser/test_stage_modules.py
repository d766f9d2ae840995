"""The stage's smaller modules, each by itself."""

import pytest
from playwright.sync_api import Page

from attnlab.engine import Edit
from attnlab.settings.elsewhere import by_layer
from tests.browser.canvases import stage
from tests.browser.module_page import as_base64
from tests.browser.stage_page import STAGE

ON_BOARD = """(base64) => {
  const payload = payloadOf(base64);
  const canvases = { base: document.createElement("canvas"), over: document.createElement("canvas") };
  document.body.replaceChildren(m.dom.element("div", "", canvases.base, canvases.over));
  const board = new m.board.Board(canvases);
  const state = { stage: "softmax", result: "weights", view: "matrix", query: 2, key: 1, head: 0, progress: 1,
    numbers: false, compare: "after", filming: false, painting: false };
  const colors = m.colors.themeOf(document.body);
  const paint = () => board.paint(m.edits.lookedAt(payload, state.compare), state, colors, 1200);
  paint();
  const now = () => ({ payload, state });
  const under = ({ x, y, w, h }) => {
    const { left, top } = canvases.over.getBoundingClientRect();
    return board.cellUnder({ clientX: left + x + w / 2, clientY: top + y + h / 2 });
  };
"""


@pytest.fixture(scope="module")
def payload() -> str:
    return as_base64(stage(0, 2))


# --- board.js, hand.js, brush.js --------------------------------------------------------------------------------------


def test_a_cell_lies_where_the_pointer_finds_it(payload: str, modules: Page) -> None:
    wrong = modules.evaluate(
        ON_BOARD
        + """
          const cells = board.names.flatMap((name) => [[0, 0], [2, 1]].map(([row, col]) => ({ name, row, col })));
          return cells.filter((at) => !m.selection.isSameCell(under(board.boxOf(at)), board.visible(at)));
        }""",
        payload,
    )
    assert wrong == []


def test_a_click_pins_a_cell_and_another_takes_the_pin_away(payload: str, modules: Page) -> None:
    seen = modules.evaluate(
        ON_BOARD
        + """
          const chosen = [];
          const hand = new m.hand.Hand(board, { now, choose: (change) => chosen.push(change), pointed: () => {} });
          const at = { name: "weights", row: 3, col: 1 };
          const asked = [1, 1, 2].map((detail) => hand.click({ detail }, { ...at }));
          return [asked, chosen, hand.cell];
        }""",
        payload,
    )
    pinned = {"query": 3, "key": 1}
    assert seen == [
        [False, False, True],
        [pinned, {"query": None, "key": None}, pinned],
        {"name": "weights", "row": 3, "col": 1},
    ]


def test_the_keyboard_walks_within_a_matrix_and_on_to_the_next(payload: str, modules: Page) -> None:
    cells = modules.evaluate(
        ON_BOARD
        + """
          const hand = new m.hand.Hand(board, { now, choose: () => {}, pointed: () => {} });
          const cells = [];
          const walk = (act) => { act(); cells.push(hand.pinned); };
          walk(() => hand.walk(0, 1));
          walk(() => hand.walk(9, 2));
          walk(() => hand.walk(-1, 0));
          walk(() => hand.walkMatrices(1));
          return cells.map(({ name, row, col }) => [name, row, col]);
        }""",
        payload,
    )
    assert cells[:3] == [["weights", 0, 0], ["weights", 4, 2], ["weights", 3, 2]]
    assert cells[3][0] != "weights"


def test_a_stroke_paints_every_cell_it_passes(payload: str, modules: Page) -> None:
    painted = modules.evaluate(
        ON_BOARD
        + """
          Object.assign(state, { stage: "mask", result: "masked_scores", painting: true });
          paint();
          let edits = [];
          const sketch = (list) => { edits = list; return null; };
          board.over.setPointerCapture = () => {};
          const brush = new m.brush.Brush(board, { now, edits: () => edits, sketch, end: () => {} });
          const point = (row, col) => {
            const { x, y, w, h } = board.boxOf({ name: "masked_scores", row, col });
            const { left, top } = canvases.over.getBoundingClientRect();
            return { button: 0, pointerId: 1, clientX: left + x + w / 2, clientY: top + y + h / 2 };
          };
          brush.begin(point(4, 0));
          brush.move(point(4, 3));
          brush.end();
          return edits;
        }""",
        payload,
    )
    assert painted == [["mask", 0, 4, col, 0] for col in range(4)]


def test_a_quick_hand_leaves_no_gap(modules: Page) -> None:
    points = modules.evaluate("() => m.brush.between({ x: 0, y: 0 }, { x: 9, y: 0 }, 4).map(({ x }) => x)")
    assert points == [3, 6, 9]


# --- film.js, keys.js, selection.js -----------------------------------------------------------------------------------


def test_a_moment_of_the_film_is_a_stage_and_how_much_of_it(modules: Page) -> None:
    moments = modules.evaluate("() => [0, 0.25, 3, 3.5, 9].map((at) => m.film.momentOf(m.film.stateAt(at)))")
    assert moments == [0, 0.25, 3, 3.5, 9]
    assert modules.evaluate("() => m.film.stateAt(3)") == {"stage": "qkv", "progress": 1, "view": "matrix"}


def test_the_film_tells_from_the_first_stage_and_goes_on_where_it_was_paused(modules: Page) -> None:
    seen = modules.evaluate(
        """() => {
          const frames = [];
          const [request, cancel] = [window.requestAnimationFrame, window.cancelAnimationFrame];
          Object.assign(window, { requestAnimationFrame: (act) => frames.push(act), cancelAnimationFrame: () => {} });
          const shown = [];
          let stopped = 0;
          const film = new m.film.Film((moment) => shown.push(moment), () => (stopped += 1));
          const next = () => frames.pop()(performance.now());
          const firstOf = (act) => { act(); next(); return Math.floor(shown.at(-1)); };
          const begun = firstOf(() => film.play());
          film.pause(5);
          const resumed = firstOf(() => film.play());
          film.rewind();
          const again = firstOf(() => film.play());
          film.stop();
          Object.assign(window, { requestAnimationFrame: request, cancelAnimationFrame: cancel });
          return [begun, resumed, again, stopped, film.isPlaying];
        }"""
    )
    assert seen == [0, 5, 0, 3, False]


def test_the_film_speaks_of_the_cell_it_computes(modules: Page) -> None:
    cells = modules.evaluate(
        """() => [0, 0.5, 1].map((progress) =>
             m.film.filmedCell({ progress, view: "matrix", result: "q" }, { q: matrixOf("q", [[1, 2], [3, 4]]) }))"""
    )
    assert cells == [{"name": "q", "row": 0, "col": 0}, {"name": "q", "row": 0, "col": 1}, None]


def test_a_key_does_one_thing_and_shift_turns_it_round(modules: Page) -> None:
    keys = {
        "ArrowUp": ["walk", -1, 0],
        "h": ["head", 1],
        "H": ["head", -1],
        " ": ["play"],
        "Escape": ["unpin"],
        "q": None,
    }
    keys |= {"constructor": None, "X": ["switchHead"]}
    deeds = modules.evaluate(
        "(keys) => keys.map((key) => m.keys.deedOf({ key, shiftKey: key !== key.toLowerCase() && key.length === 1 }))",
        list(keys),
    )
    assert deeds == list(keys.values())


def test_edits_of_several_layers_are_written_as_the_server_reads_them(modules: Page) -> None:
    off, score = ["head", 1, 0, 0, 0], ["scores", 2, 4, 3, 1.5]
    s, elsewhere = modules.evaluate(
        "([off, score]) =>"
        " [m.edits.encodeEdits([score]), m.elsewhere.encodeElsewhere(2, [score], [[4, [off]], [5, []]])]",
        [off, score],
    )
    assert by_layer(1, s, elsewhere) == {3: (Edit(*score),), 5: (Edit(*off),)}
    assert modules.evaluate("() => m.elsewhere.encodeElsewhere(2, [], [[4, []]])") == ""


def test_edits_stay_with_their_layer_when_another_is_shown(modules: Page) -> None:
    moved = modules.evaluate(
        """() => {
          const there = m.elsewhere.movedTo(4, 2, ["a"], [[4, ["b"]], [0, ["c"]]]);
          const back = m.elsewhere.movedTo(2, 4, there.edits, there.others);
          const empty = m.elsewhere.movedTo(3, 2, [], []);
          return [there, back, empty];
        }"""
    )
    assert moved == [
        {"edits": ["b"], "others": [[0, ["c"]], [2, ["a"]]]},
        {"edits": ["a"], "others": [[0, ["c"]], [4, ["b"]]]},
        {"edits": [], "others": []},
    ]


def test_a_link_carries_so_many_edits_of_all_layers_and_no_more(modules: Page) -> None:
    fits = modules.evaluate(
        "() => [1, 5].map((layers) => m.elsewhere.carriesElsewhere(Array.from({ length: layers }, (_, layer) =>"
        " [layer, Array.from({ length: 60 }, () => ['x', 0, 0, 0, 1])])))"
    )
    assert fits == [True, False]


def test_the_wheel_counts_notches_of_a_mouse_and_of_a_touchpad(modules: Page) -> None:
    steps = modules.evaluate(
        """() => {
          const steps = [];
          const wheel = new m.wheel.Wheel((by) => steps.push(by));
          let prevented = 0;
          const turn = (deltaY, timeStamp, deltaMode = 0) =>
            wheel.turn({ deltaY, deltaX: 0, deltaMode, timeStamp, preventDefault: () => { prevented += 1; } });
          turn(100, 0); // a mouse
          for (let at = 1000; at < 1012; at += 1) turn(-10, at); // a touchpad
          turn(3, 2000, 1); // lines
          turn(50, 3000);
          turn(50, 4000); // long after
          return [steps, prevented];
        }"""
    )
    assert steps == [[1, -1, -1, 1], 16]


def test_a_link_counts_tokens_and_heads_from_one(modules: Page) -> None:
    said = modules.evaluate(
        "() => m.selection.inLink({ head: 0, query: null, key: 4, view: 'lines', s: '', numbers: true })"
    )
    assert said == {"head": 1, "query": 0, "key": 5, "view": "lines", "s": None}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("weights", [3, 1]),
        ("masked_scores", [3, 1]),
        ("value", [None, 3]),
        ("query", [3, None]),
        ("w_key", [None, None]),
    ],
)
def test_a_cell_belongs_to_a_query_a_key_or_both(name: str, wanted: list[int | None], modules: Page) -> None:
    found = modules.evaluate("(name) => m.selection.tokensOf({ name, row: 3, col: 1 }, { query: 0, key: 0 })", name)
    assert [found["query"], found["key"]] == wanted


# --- heads.js, tools.js, whatif.js, workshop.js, editor.js ------------------------------------------------------------


def test_each_head_has_its_own_square_of_the_thumbnails(payload: str, modules: Page) -> None:
    same = modules.evaluate(
        """(base64) => {
          const { matrices } = payloadOf(base64);
          return String(m.payload.thumbnailOf(matrices.thumbnails, 0).data) === String(matrices.weights.data);
        }""",
        payload,
    )
    assert same


def test_heads_are_painted_again_on_the_same_buttons(payload: str, modules: Page) -> None:
    seen = modules.evaluate(
        """(base64) => {
          const { header, matrices: { thumbnails } } = payloadOf(base64);
          const [root, chosen] = [m.dom.element("div"), []];
          const now = { header, thumbnails, edits: [], colors: m.colors.themeOf(document.body) };
          const paint = (head) => m.heads.paintHeads(root, { ...now, head }, (head) => chosen.push(head));
          paint(0);
          const before = [...root.children];
          paint(2);
          root.children[3].click();
          const pressed = [...root.children].map((head) => head.getAttribute("aria-pressed"));
          return [before.every((head, at) => head === root.children[at]), pressed, chosen];
        }""",
        payload,
    )
    assert seen == [True, ["false", "false", "true", "false"], [3]]


def test_tools_are_painted_again_on_the_same_buttons(payload: str, modules: Page) -> None:
    seen = modules.evaluate(
        """(base64) => {
          const names = ["views", "numbers", "play", "scrub", "formula", "step", "keys", "save", "save_label"];
          const made = (name) => m.dom.element(name === "scrub" ? "input" : "div");
          const parts = Object.fromEntries(names.map((name) => [name, made(name)]));
          const chosen = [];
          const tools = new m.tools.Tools(parts, { choose: (change) => chosen.push(change) });
          const { header } = payloadOf(base64);
          const paint = (view) => tools.paint(header, { view, stage: "softmax", progress: 1, numbers: false }, false);
          paint("matrix");
          const [first] = parts.views.children;
          paint("lines");
          parts.views.children[2].click();
          parts.numbers.onclick();
          return [parts.views.children[0] === first, first.ariaPressed, chosen, parts.play.textContent];
        }""",
        payload,
    )
    assert seen == [True, "false", [{"view": "arithmetic"}, {"numbers": True}], STAGE["tools"]["play"]]


def test_every_way_to_compare_has_a_name(modules: Page) -> None:
    assert modules.evaluate("() => m.whatif.COMPARED") == list(STAGE["edits"]["compared"])


def test_a_head_is_switched_off_and_on_again_through_the_workshop(payload: str, modules: Page) -> None:
    seen = modules.evaluate(
        ON_BOARD
        + """
          const parts = new Proxy({}, { get: (made, name) => (made[name] ??= document.createElement("button")) });
          const said = [];
          const workshop = new m.workshop.Workshop(parts, board, { now, choose: ({ s }) => said.push(s) });
          workshop.switchHead();
          const off = [...workshop.edits];
          workshop.switchHead();
          return [off, workshop.edits, said[0] === m.edits.encodeEdits(off), said[1]];
        }""",
        payload,
    )
    assert seen == [[["head", 0, 0, 0, 0]], [], True, None]


def test_a_field_on_a_cell_takes_what_is_a_number_and_refuses_the_rest(modules: Page) -> None:
    seen = modules.evaluate(
        """() => {
          const board = document.body.appendChild(m.dom.element("div"));
          const said = [];
          const editor = new m.editor.CellEditor(board);
          const asked = { at: {}, value: 0.5, step: 0.1, label: "cell", words: { drag: "drag", number: "a number" },
            live: (value) => { said.push(value); return null; }, keep: () => said.push("kept"),
            restore: () => said.push("restored"), closed: () => {} };
          editor.open(asked, { x: 0, y: 0, w: 9, h: 9 });
          const type = (text) => { editor.input.value = text; editor.input.oninput({}); };
          type("2,5");
          type("two");
          said.push(editor.refusal.textContent);
          type("-1");
          editor.close(true);
          board.remove();
          return said;
        }"""
    )
    assert seen == [2.5, "a number", -1, "kept"]


# --- telling.js ---------------------------------------------------------------------------------------------------

TOLD = """([words, rows, at, others]) => {
  const header = { tokens: ["<b>it", "cat", "sat"], text: { telling: words }, ...others };
  const payload = { header, matrices: { weights: matrixOf("weights", rows) } };
  return m.telling.telling(payload, at, { query: 0, key: 1 });
}"""


@pytest.mark.parametrize(
    ("row", "at", "kind", "blanks"),
    [
        ([0.1, 0.7, 0.2], None, "to_most", {"key": "cat", "share": "70%"}),
        ([0.6, 0.398, 0.002], None, "to_itself", {"share": "60%"}),
        (
            [0.798, 0.2, 0.002],
            {"name": "weights", "row": 0, "col": 2},
            "to_another_from_itself",
            {"key": "sat", "share": "0.2%", "most_share": "80%"},
        ),
        (
            [0.2, 0.8, 0],
            {"name": "weights", "row": 0, "col": 2},
            "to_another",
            {"key": "sat", "share": "0%", "most": "cat", "most_share": "80%"},
        ),
        ([0.9, 2.5, 0.1], None, "to_most", {"key": "cat", "share": "2.50"}),  # these are no shares
        ([0, 0, 0], None, "to_nobody", {}),
    ],
    ids=["most", "itself", "another and itself", "another", "no shares", "nobody"],
)
def test_the_followed_word_is_told_with_its_real_numbers(
    row: list[float], at: dict[str, object] | None, kind: str, blanks: dict[str, str], modules: Page
) -> None:
    told = modules.evaluate(TOLD, [STAGE["telling"], [row, row, row], at, {}])
    assert told["said"] == STAGE["telling"][kind].format(query="<b>it", **blanks)
    assert bool(told["next"]) == (kind != "to_nobody")


def test_nothing_is_told_of_what_is_to_be_guessed(modules: Page) -> None:
    told = modules.evaluate(TOLD, [STAGE["telling"], [[1, 0, 0]] * 3, None, {"covered": "guess"}])
    assert told == {"said": "", "next": ""}


# --- views.js, variants.js, draw.js, caption.js -----------------------------------------------------------------------


def test_a_token_of_the_lines_is_found_where_it_stands(modules: Page) -> None:
    found = modules.evaluate(
        """() => {
          const place = m.views.linesLayout(5, 800);
          const y = place.top + 2.5 * place.pitch;
          const tokens = [place.left, place.right].map((x) => m.views.tokenAt(place, 5, x, y));
          return [...tokens, m.views.tokenAt(place, 5, 0, 0)];
        }"""
    )
    assert found == [{"query": 2}, {"key": 2}, None]


def test_the_last_edit_of_a_head_says_whether_it_is_off(modules: Page) -> None:
    off = modules.evaluate(
        """() => [[0], [0, 1], [1, 0]].map((values) => m.variants.isSwitchedOff({ head: 2, groups: 1,
             edits: values.map((value) => ({ stage: "head", head: 2, row: 0, col: 0, value, applied: true })) }))"""
    )
    assert off == [True, False, True]


def test_a_matrix_that_stands_upright_is_painted_transposed(modules: Page) -> None:
    seen = modules.evaluate(
        """() => {
          const colors = m.colors.themeOf(document.body);
          const canvas = document.createElement("canvas");
          const context = m.canvas.sized(canvas, 20, 20);
          const place = { x: 0, y: 0, cw: 10, ch: 10, rows: 2, cols: 1, transposed: true };
          m.draw.paintMatrix(context, matrixOf("x", [[1, -1]]), place, colors, Infinity);
          const at = (x, y) => [...context.getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data];
          return [at(5, 5), at(5, 15), at(15, 5)];
        }"""
    )
    above, below, beside = seen
    assert above[0] > above[2]  # orange
    assert below[0] < below[2]  # blue
    assert beside[3] == 0


def test_a_caption_begins_with_the_sentence_and_ends_with_the_link(payload: str, modules: Page) -> None:
    lines = modules.evaluate(
        """(base64) => {
          const state = { stage: "softmax", head: 0, compare: "after" };
          return m.caption.stageCaption(payloadOf(base64).header, state, null, "LINK").map(({ text }) => text);
        }""",
        payload,
    )
    assert lines[0] == "one two two, three"
    assert lines[-1] == "LINK"


@pytest.mark.parametrize(("rows", "least"), [(11, 17), (40, 4)], ids=["room for their names", "too many"])
def test_rows_without_a_square_are_as_high_as_names_while_all_fit(rows: int, least: int, modules: Page) -> None:
    height = modules.evaluate(
        """(rows) => {
          const x = { name: "token_embedding", rows, cols: 64 };
          const room = { width: 900, labelWidth: 60, labelHeight: 40, numbers: false, windowHeight: 720 };
          return m.layout.layout({ token_embedding: x }, { stage: "tokens", ...room }).rowHeight; }""",
        rows,
    )
    assert least <= height < 17.5
    assert (height >= 17) == (rows == 11)
