"""What all components share, module by module."""

import re
from pathlib import Path

from playwright.sync_api import Page

from attnlab.notebook.page import FOLDER
from attnlab.paths import ASSETS
from attnlab.ui.canvases.component import FRAME
from tests.browser.canvases import PAYLOADS

HERE = Path(__file__).parent


def test_every_module_is_named_by_a_test_of_modules() -> None:
    told = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    named = set(re.findall(r"\bm\.(\w+)\.", told)) | set(re.findall(r'mounted\(browser, "(\w+)"', told)) | set(PAYLOADS)
    named |= {FRAME, FOLDER}  # they export nothing: test_frame.py goes back and forth, test_alone.py opens files
    assert sorted({path.stem for path in ASSETS.rglob("*.js")} - named) == []


# --- ahead.js, preview.js ---------------------------------------------------------------------------------------------


def test_changes_are_said_over_what_a_link_says_and_null_takes_a_parameter_away(modules: Page) -> None:
    said = modules.evaluate("() => m.ahead.saidIn('?a=1&b=2&c=3', { a: 5, b: null, d: 'x y' })")
    assert said == "a=5&c=3&d=x+y"


def test_a_control_is_previewed_where_somebody_draws_it_by_themselves(modules: Page) -> None:
    seen = modules.evaluate(
        """() => {
          const take = (event) => { if ("mine" in event.detail) event.preventDefault(); };
          window.addEventListener(m.preview.PREVIEW, take);
          const seen = [m.preview.previewed({ mine: 1 }), m.preview.previewed({ other: 1 })];
          window.removeEventListener(m.preview.PREVIEW, take);
          return seen;
        }"""
    )
    assert seen == [True, False]


# --- canvas.js --------------------------------------------------------------------------------------------------------


def test_a_canvas_is_sized_for_the_screen_and_emptied(modules: Page) -> None:
    got = modules.evaluate(
        """() => {
          const canvas = document.createElement("canvas");
          m.canvas.sized(canvas, 30, 20).fillRect(0, 0, 30, 20);
          const context = m.canvas.sized(canvas, 30, 20);
          const filled = context.getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte > 0);
          return [canvas.width / devicePixelRatio, canvas.style.height, filled];
        }"""
    )
    assert got == [30, "20px", False]


def test_the_cell_under_the_pointer_is_the_one_there_and_never_outside(modules: Page) -> None:
    cells = modules.evaluate(
        """() => {
          const image = new ImageData(3, 2);
          const canvas = document.body.appendChild(m.canvas.pixels(document.createElement("canvas"), image, 60, 20));
          const { left, top } = canvas.getBoundingClientRect();
          const event = (x, y) => ({ clientX: left + x, clientY: top + y });
          const at = (x, y) => m.canvas.cellUnder(event(x, y), canvas, { rows: 2, cols: 3 });
          const found = [at(1, 1), at(41, 11), at(59, 19), at(-5, 99)];
          canvas.remove();
          return found.map(({ row, col }) => [row, col]);
        }"""
    )
    assert cells == [[0, 0], [1, 2], [1, 2], [1, 0]]


# --- dom.js -----------------------------------------------------------------------------------------------------------


def test_text_becomes_text_and_nothing_is_made_of_nothing(modules: Page) -> None:
    made = modules.evaluate(
        """() => {
          const { element, button } = m.dom;
          const made = element("p", "soft", "<b>&", null, "", undefined, element("i", { title: "t" }, "x"));
          return [made.outerHTML, made.childNodes.length, element("p").outerHTML, button("", null, "go").outerHTML];
        }"""
    )
    assert made == [
        '<p class="soft">&lt;b&gt;&amp;<i title="t">x</i></p>',
        2,
        "<p></p>",
        '<button type="button">go</button>',
    ]


def test_other_children_take_nobody_the_place_of_the_keyboard(modules: Page) -> None:
    held = modules.evaluate(
        """() => {
          const { button, element, refill } = m.dom;
          const root = document.body.appendChild(element("div"));
          const texts = () => ["a", "b", "c"].map((text) => button("", null, text));
          const seen = [];
          refill(root, ...texts());
          seen.push(document.activeElement === document.body); // who is elsewhere stays there
          root.children[1].focus();
          refill(root, element("i"), ...texts());
          seen.push(document.activeElement === root.children[2]);
          refill(root, button("", null, "only"));
          seen.push(document.activeElement === root.firstChild); // there are fewer: on the last
          refill(root);
          seen.push(document.activeElement === document.body);
          root.remove();
          return seen;
        }"""
    )
    assert held == [True, True, True, True]


def test_a_named_button_and_those_that_fit_stay_the_same_elements(modules: Page) -> None:
    same = modules.evaluate(
        """() => {
          const { element, fit, named } = m.dom;
          const root = element("div");
          const first = named(root, "one", null);
          fit(root, 3, () => element("i"));
          const kept = root.children[1];
          fit(root, 2, () => element("i"));
          return [named(root, "one", null) === first, root.children.length, root.children[1] === kept];
        }"""
    )
    assert same == [True, 2, True]


def test_only_what_is_another_is_written(modules: Page) -> None:
    writes = modules.evaluate(
        """() => {
          const target = m.dom.element("p", { title: "t" }, "x");
          const seen = new MutationObserver(() => {});
          seen.observe(target, { attributes: true, childList: true });
          m.dom.say(target, "x");
          m.dom.mark(target, "title", "t");
          const before = seen.takeRecords().length;
          m.dom.say(target, "y");
          m.dom.mark(target, "title", null);
          return [before, target.outerHTML];
        }"""
    )
    assert writes == [0, "<p>y</p>"]


# --- mount.js ---------------------------------------------------------------------------------------------------------


def test_a_place_keeps_its_part_until_it_is_unmounted(modules: Page) -> None:
    said = modules.evaluate(
        """() => {
          const said = [];
          const render = m.mount.mounted(".one", (place) => {
            said.push(`made with ${Object.keys(place.parts)}`);
            return { receive: (data) => place.send("name", data), dispose: () => said.push("gone") };
          });
          const parentElement = m.dom.element("div", "", m.dom.element("p", "one", m.dom.element("i")));
          parentElement.querySelector("i").dataset.part = "inside";
          const draw = (data) => render({ data, parentElement, setStateValue: (...sent) => said.push(sent.join()) });
          draw(null);
          draw("a");
          draw("b")();
          draw("c");
          return said;
        }"""
    )
    made = "made with inside"
    assert said == [made, "name,a", "name,b", "gone", made, "name,c"]


def test_a_width_is_followed_without_asking(modules: Page) -> None:
    widths = modules.evaluate(
        """() => new Promise((done) => {
          const child = m.dom.element("div", "one");
          const parent = document.body.appendChild(m.dom.element("div", "", child));
          parent.style.width = "300px";
          const place = new m.mount.Place(parent, ".one");
          const seen = [];
          place.follow(child, (by) => {
            seen.push([by, place.width]);
            if (seen.length === 1) parent.style.width = "280px";
            else done([place.width, seen]);
          });
        }).finally(() => document.body.replaceChildren())"""
    )
    assert widths == [280, [[0, 300], [-20, 280]]]


def test_what_is_mounted_out_of_sight_has_the_width_of_the_room_around_it(modules: Page) -> None:
    """Streamlit hides what stands beside a part on its way: drawn for no width, it would move when it is seen."""
    widths = modules.evaluate(
        """() => new Promise((done) => {
          const child = m.dom.element("div", "one");
          const hidden = m.dom.element("div");
          hidden.attachShadow({ mode: "open" }).append(child);
          const room = document.body.appendChild(m.dom.element("div", "", hidden));
          room.style.width = "300.4px";
          hidden.style.display = "none";
          const place = new m.mount.Place(hidden.shadowRoot, ".one");
          const seen = [];
          place.follow(child, (by) => seen.push([by, place.width]));
          seen.push(place.width);
          setTimeout(() => (hidden.style.display = ""), 50);
          setTimeout(() => done(seen), 150);
        }).finally(() => document.body.replaceChildren())"""
    )
    assert widths == [300, [0, 300]]


# --- conversation.js, told in full in test_conversation.py ------------------------------------------------------------


def test_while_something_is_being_made_nothing_is_told_and_no_run_is_shown(modules: Page) -> None:
    seen = modules.evaluate(
        """() => {
          const seen = [];
          const canvas = { drafting: () => true, read: () => ({ a: 1 }), readIn: ({ selection }) => selection,
            adopt: () => {}, show: () => seen.push("shown"), tell: () => seen.push("told") };
          const conversation = new m.conversation.Conversation(canvas, 10);
          conversation.tell();
          conversation.receive({ header: { selection: { a: 2 }, revision: "r" } });
          canvas.drafting = () => false;
          conversation.receive({ header: { selection: { a: 2 }, revision: "r" } });
          conversation.tell();
          return seen;
        }"""
    )
    assert seen == ["shown", "told"]


# --- save.js, svg.js: see test_pictures.py ----------------------------------------------------------------------------


def test_a_saved_picture_has_its_caption_below_it(modules: Page) -> None:
    text = modules.evaluate(
        """() => {
          const colors = { ...m.colors.themeOf(document.body) };
          const caption = [{ style: "strong", text: "A & B" }, { style: "small", text: "below" }];
          const paint = (context) => context.fillText("painted", 0, 10);
          const [scales, legend] = [["share", "signed"], { share: "shares", signed: "signs" }];
          return m.save.svgFile({ name: "x", width: 200, height: 50, caption, colors, paint, scales, legend }).text();
        }"""
    )
    heights = {
        word: float(y)
        for y, word in re.findall(r'<text[^>]* y="([\d.]+)"[^>]*>(painted|shares|signs|A &amp; B|below)<', text)
    }
    assert heights["painted"] < 66 < heights["shares"] == heights["signs"] < heights["A &amp; B"] < heights["below"]


# --- room.js ----------------------------------------------------------------------------------------------------------


def test_what_stands_after_something_on_its_way_waits_on_every_level(modules: Page) -> None:
    waiting = modules.evaluate(
        """() => {
          const one = (name, ...inside) => m.dom.element("div", { id: name }, ...inside);
          const on = m.dom.element("div", { id: "on its way" });
          on.dataset.testid = "stSkeleton";
          const row = one("row", one("left"), on, one("right"));
          const page = one("page", one("before"), row, one("below", one("inside")));
          return [...m.room.waiting(page)].map(({ id }) => id);
        }"""
    )
    assert waiting == ["right", "below"]


def test_what_is_opened_keeps_nothing_waiting(modules: Page) -> None:
    waiting = modules.evaluate(
        """() => {
          const [page, opened, on] = ["", "stExpanderDetails", "stSkeleton"].map((testid) => {
            const made = m.dom.element("div");
            made.dataset.testid = testid;
            return made;
          });
          opened.append(on);
          page.append(opened, m.dom.element("p"));
          return m.room.waiting(page).size;
        }"""
    )
    assert waiting == 0


def test_a_page_says_what_waits_until_it_is_there(modules: Page) -> None:
    waits = modules.evaluate(
        """async () => {
          const host = m.dom.element("div");
          const page = m.dom.element("div", "", host, m.dom.element("p"));
          host.dataset.testid = "stBidiComponentIsolated";
          page.dataset.testid = "stMainBlockContainer";
          document.body.append(page);
          const seen = [];
          const look = async () => {
            await new Promise((done) => setTimeout(done));
            seen.push("waits" in page.lastChild.dataset);
          };
          await look();
          host.dataset.mounted = "true";
          await look();
          page.remove();
          return seen;
        }"""
    )
    assert waits == [True, False]


# --- signs.js ---------------------------------------------------------------------------------------------------------


def test_a_sign_stands_in_each_negative_cell_that_has_room_and_is_computed(modules: Page) -> None:
    lines = modules.evaluate(
        """() => {
          const matrix = matrixOf("key", [[-1, 1], [0, -0.1]]);
          const colors = { soft: "soft", background: "ground" };
          const drawn = (place, limit) => {
            const lines = [];
            const moveTo = (x, y) => lines.push([context.strokeStyle, Math.round(x + 3.2), y]);
            const context = { beginPath() {}, stroke() {}, lineTo() {}, moveTo };
            const usual = { x: 100, y: 0, cw: 20, ch: 20, rows: 2, cols: 2 };
            m.signs.paintSigns(context, { ...usual, ...place }, matrix, colors, limit);
            return lines;
          };
          return [drawn({}), drawn({ transposed: true }), drawn({}, 3), drawn({ cw: 8 })];
        }"""
    )
    assert lines == [
        [["soft", 130, 30], ["ground", 110, 10]],
        [["soft", 130, 30], ["ground", 110, 10]],
        [["ground", 110, 10]],
        [],
    ]


# --- share.js ---------------------------------------------------------------------------------------------------------


def test_the_link_is_offered_within_the_app_by_documents_that_have_words_for_it(modules: Page) -> None:
    seen = modules.evaluate(
        """async () => {
          const frame = () => new Promise((done) => requestAnimationFrame(done));
          m.share.offerLink(document);
          const app = document.createElement("div");
          app.dataset.testid = "stApp";
          document.body.append(app);
          await frame();
          const without = app.childElementCount;
          const words = { copy: "<b>Copy", copied: "Copied", copy_help: "Help" };
          const meta = document.createElement("meta");
          Object.assign(meta, { name: "frame-words", content: JSON.stringify(words) });
          document.head.append(meta);
          m.share.offerLink(document);
          const again = app.cloneNode();
          app.replaceWith(again);  // as React does when it begins anew
          await frame();
          const button = again.querySelector("#copy-link");
          const told = [without, button.textContent, button.title, button.querySelectorAll("b").length];
          again.remove();
          meta.remove();
          return told;
        }"""
    )
    assert seen == [0, "<b>Copy", "Help", 0]


# --- colors.js, legend.js ---------------------------------------------------------------------------------------------


def test_digits_can_be_read_on_every_colour_of_a_cell(modules: Page) -> None:
    least = modules.evaluate(
        """() => {
          const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
          const luminance = (rgb) =>
            [0.2126, 0.7152, 0.0722].reduce((sum, part, at) => sum + part * linear(rgb[at] / 255), 0);
          const found = [];
          for (const ground of ["#ffffff", "#0f1420"]) {
            document.body.style.setProperty("--st-background-color", ground);
            const colors = m.colors.themeOf(document.body);
            for (const kind of ["weights", "signed"]) {
              const colorOf = m.colors.cellColors(kind, 1, colors);
              for (let value = -1; value <= 1; value += 0.01) {
                const color = colorOf(value);
                const [cell, ink] = [
                  luminance([color & 255, (color >> 8) & 255, (color >> 16) & 255]),
                  m.colors.inkOn(color) === "#ffffff" ? 1 : 0,
                ];
                found.push((Math.max(cell, ink) + 0.05) / (Math.min(cell, ink) + 0.05));
              }
            }
          }
          document.body.style.removeProperty("--st-background-color");
          return Math.min(...found);
        }"""
    )
    assert least >= 4.5


def test_a_legend_says_what_each_scale_in_sight_means_and_is_painted_in_its_colours(modules: Page) -> None:
    words = {"share": "<b>share", "signed": "signed"}
    seen = modules.evaluate(
        """(words) => {
          const colors = m.colors.themeOf(document.body);
          const target = document.createElement("p");
          m.legend.sayLegend(target, ["share", "signed"], words, colors);
          const [first] = target.children;
          m.legend.sayLegend(target, ["share", "signed"], words, colors);
          const kept = target.children[0] === first;
          const context = m.canvas.sized(document.createElement("canvas"), 300, m.legend.LEGEND_HEIGHT);
          m.legend.paintLegend(context, 0, 0, ["share"], words, colors);
          const [ratio, middle] = [devicePixelRatio, m.legend.LEGEND_HEIGHT / 2];
          const at = (x) => [...context.getImageData(x * ratio, middle * ratio, 1, 1).data].slice(0, 3);
          return [[...target.children].map((part) => part.textContent), kept, at(1), at(63), colors.weight.at(-1)];
        }""",
        words,
    )
    assert seen[:2] == [list(words.values()), True]
    assert seen[2] == [255, 255, 255]
    assert seen[3] == seen[4]
