"""The cost page, run by Streamlit without a browser, and what it is made of."""

from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.costs import BASE, MECHANISMS, Asked, CostTable, Curve, Origin, Point, Sizes, curves, operations
from attnlab.costs.measurement.background import MeasuringBusyError, State
from attnlab.paths import PAGES, ROOT
from attnlab.prose import name_of, page_prose
from attnlab.settings.lab.cost import Cost
from attnlab.training import RunStore
from attnlab.ui.cost import measuring, tables
from attnlab.ui.cost.curves import crossing_sentence, crossings, drawn_curves, growth_row, label_of, uncounted_names
from attnlab.ui.cost.memory import cache_rows, card_row, score_rows
from tests.training.small_plans import small_plan
from tests.ui.rows import chosen, controls_of

WORDS = page_prose("cost")
MACHINE = {"processor": "A processor", "python": "3", "torch": "2.13", "device": "cpu", "threads": "1"}
MACHINE |= {"clock": "processor"}
LENGTHS = (64, 128, 256, 512, 1024, 2048)


def made_up(**sizes: Any) -> CostTable:
    """Fused attention whose time is n^2 / 700, a GRU whose time is n, both in milliseconds."""
    base = replace(BASE, **sizes)
    points = [
        Point(name, "forward", replace(base, seq_len=length), seconds / 1e3, 3, length * 1000, None)  # type: ignore[arg-type]
        for length in LENGTHS
        for name, seconds in (("fused", length**2 / 700), ("gru", float(length)))
    ]
    return CostTable(tuple(points), base, (Origin(MACHINE, "2026-01-02"),), len(points), len(points), complete=True)


TABLE = made_up()
DRAWN = curves(TABLE.points, "length", "forward", "seconds", BASE)


class Pretended:
    """A measurement that does what it is told to have done."""

    def __init__(self) -> None:
        self.now: State | None = None
        self.started: list[Asked] = []
        self.busy = self.cancelled = False

    def state(self) -> State | None:
        return self.now

    def is_running(self) -> bool:
        return self.now is not None and self.now.ending == "running"

    def mark_raced(self) -> None:
        self.now = None if self.now is None else replace(self.now, raced=True)

    def start(self, asked: Asked, owner: str) -> None:
        if self.busy:
            raise MeasuringBusyError
        self.started.append(asked)
        self.now = State(asked, owner, "running", None, raced=False)

    def cancel(self) -> None:
        self.cancelled = True
        self.now = None if self.now is None else replace(self.now, ending="cancelled")


@pytest.fixture
def background(monkeypatch: pytest.MonkeyPatch, store: RunStore) -> Pretended:
    pretended = Pretended()
    for module in (tables, measuring):
        monkeypatch.setattr(module, "background", lambda: pretended)
    return pretended


def opened(**link: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=120)
    page.switch_page(str(PAGES / "cost.py"))
    page.query_params.update(link)
    page.run()
    assert not page.exception, page.exception[0].message
    return page


def texts(page: AppTest) -> str:
    kinds = ("markdown", "caption", "info", "warning", "error")
    return "\n".join(str(one.value) for kind in kinds for one in getattr(page, kind))


# --- what is said of curves -------------------------------------------------------------------------------------------


def test_the_crossing_is_said_in_words_with_the_place_where_it_is() -> None:
    (told,) = crossings(DRAWN, Cost())
    assert crossing_sentence(*told, settings=Cost(), words=WORDS) == (
        "From 700 tokens on, **fused attention** costs more time than **GRU** here."
    )
    (turned,) = crossings(DRAWN, Cost(against="gru"))
    assert crossing_sentence(*turned, settings=Cost(against="gru"), words=WORDS) == (
        "From 700 tokens on, **fused attention** costs more time than **GRU** here."
    )


def test_curves_that_never_cross_and_those_that_are_alike_are_said_so() -> None:
    low = Curve("lstm", (64, 128), (1.0, 1.0), (BASE, BASE))
    high = Curve("gru", (64, 128), (2.0, 2.0), (BASE, BASE))
    settings = Cost(against="gru", measure="peak_bytes")
    (told,) = crossings([low, high], settings)
    assert crossing_sentence(*told, settings=settings, words=WORDS) == (
        "At every value measured, **GRU** holds more memory than **LSTM**."
    )
    (alike,) = crossings([low, replace(high, costs=(2.0, 1.0))], settings)
    assert crossing_sentence(*alike, settings=settings, words=WORDS) == (
        "At 128 tokens **GRU** and **LSTM** differ by less than 5%."
    )


def test_where_a_curve_is_followed_at_one_length_the_page_says_which() -> None:
    assert "one text of 1,024 tokens" in texts(opened(cost_axis="heads"))
    assert "one text of" not in texts(opened())


def test_nothing_is_compared_with_what_is_not_there() -> None:
    assert crossings(DRAWN, Cost(against="torch")) == []
    lone = Curve("lstm", (7,), (1.0,), (BASE,))
    assert crossings([DRAWN[0], lone], Cost()) == []


def test_the_legend_has_the_power_and_its_interval() -> None:
    assert label_of(DRAWN[0], Cost(), WORDS["chart"]) == "fused attention 2.00 (2.00 to 2.00)"
    assert label_of(DRAWN[1], Cost(fit_from=1024), WORDS["chart"]) == "GRU"


def test_the_formula_stands_beside_the_fit() -> None:
    row = growth_row(DRAWN[1], TABLE, Cost(), WORDS["growth"])
    assert list(row.values()) == [
        "GRU",
        1.0,
        "1.00 to 1.00",
        1.0,
        "n·d²",
        round(operations("gru", "forward", DRAWN[1].sizes[-1]) / 1e6),
        None,
        "n",
        "n",
    ]
    attention = growth_row(DRAWN[0], TABLE, Cost(), WORDS["growth"])
    assert 1.7 < attention[WORDS["growth"]["theory"]] < 2
    assert growth_row(DRAWN[0], TABLE, Cost(measure="peak_bytes"), WORDS["growth"])[WORDS["growth"]["theory"]] is None


def test_operations_that_were_not_counted_are_those_of_the_formula_and_named() -> None:
    first, *others = TABLE.points
    table = replace(TABLE, points=(replace(first, flops=7), *others))
    settings = Cost(measure="flops")
    fused, gru = drawn_curves(table, settings)
    assert fused.costs == (7, *(operations("fused", "forward", sizes) for sizes in fused.sizes[1:]))
    assert gru.costs == tuple(operations("gru", "forward", sizes) for sizes in gru.sizes)
    assert uncounted_names(table, settings) == ["fused attention", "GRU"]
    assert uncounted_names(table, Cost(measure="peak_bytes")) == []


def test_who_takes_more_operations_is_said_of_those_that_torch_cannot_count_too() -> None:
    settings = Cost(measure="flops")
    (told,) = crossings(drawn_curves(TABLE, settings), settings)
    # 2 (4 n d^2 + 2 n^2 d) against 2 (6 n d^2): alike at n = d = 64, the first length that was measured.
    assert crossing_sentence(*told, settings=settings, words=WORDS) == (
        "From 64 tokens on, **fused attention** takes more operations than **GRU**."
    )


# --- memory -----------------------------------------------------------------------------------------------------------


def test_a_cache_has_a_row_for_each_way_to_share_heads() -> None:
    from attnlab.costs.known_models import KNOWN

    rows = cache_rows(KNOWN["llama3_8b"], Cost(), WORDS["memory"])
    assert [list(row.values())[1:] for row in rows] == [[32, 4.0, "no"], [8, 1.0, "yes"], [1, 0.125, "no"]]


def test_a_model_on_a_card_has_the_longest_text_that_fits() -> None:
    row = card_row("llama3_70b", Cost(bits="4", card="48"), WORDS["memory"])
    assert row[WORDS["memory"]["fit"]] == "yes"
    assert row[WORDS["memory"]["weights"]] == 32.9
    assert row[WORDS["memory"]["most"]] > 8192


def test_scores_by_arithmetic_stand_beside_what_was_measured() -> None:
    rows = score_rows(TABLE, WORDS["memory"])
    assert rows[0] == {
        WORDS["memory"]["length"]: 64,
        WORDS["memory"]["score_bytes"]: 0.125,
        WORDS["memory"]["traced_bytes"]: None,
        WORDS["memory"]["fused_bytes"]: 0.061,
    }


def test_times_of_a_machine_with_other_work_are_said_to_be_less_sure(background: Pretended) -> None:
    busy = replace(TABLE, origins=tuple(replace(origin, busy=True) for origin in TABLE.origins))
    background.now = State(Asked(), "somebody", "done", busy, raced=False)
    assert WORDS["chart"]["busy"] in texts(opened(cost_table="here"))
    assert WORDS["chart"]["busy"] not in texts(opened(cost_table="here", cost_measure="peak_bytes"))
    background.now = replace(background.now, table=TABLE)
    assert WORDS["chart"]["busy"] not in texts(opened(cost_table="here"))


def test_where_nothing_was_measured_of_scores_the_table_that_ships_is_told(background: Pretended) -> None:
    written = replace(TABLE, points=tuple(replace(point, work="generation") for point in TABLE.points))
    background.now = State(Asked(), "somebody", "done", written, raced=False)
    told = texts(opened(cost_table="here", cost_work="generation"))
    assert f"measured on {tables.shipped().origins[0].machine['processor']}" in told
    assert "Measured on A processor" in told


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_opens_on_the_shipped_table_and_names_its_machine(background: Pretended) -> None:
    page, shipped = opened(), tables.shipped()
    told = texts(page)
    assert WORDS["page"]["intro"] in told
    assert shipped.origins[0].machine["processor"] in told
    assert shipped.origins[0].date in told
    assert "**fused attention**" in told
    growth = page.table[0].value
    assert list(growth[WORDS["growth"]["mechanism"]]) == [name_of("mechanism", name) for name in MECHANISMS]
    assert "cost_seconds" in controls_of(page)


@pytest.mark.parametrize("axis", ["heads", "d_model", "window", "kv_heads"])
def test_every_axis_and_measure_is_drawn_or_said_to_be_missing(axis: str, background: Pretended) -> None:
    for measure in ("seconds", "peak_bytes", "flops"):
        page = opened(cost_axis=axis, cost_measure=measure, cost_work="training")
        drawn = drawn_curves(tables.shipped(), Cost(axis=axis, measure=measure, work="training"))  # type: ignore[arg-type]
        assert (WORDS["chart"]["nothing"] in texts(page)) == (not drawn)


def test_a_link_that_cannot_be_taken_is_refused_in_words(background: Pretended) -> None:
    told = texts(opened(cost_axis="<b>", cost_model="gpt9"))
    assert "must be one of length, heads" in told
    assert "<b>" not in told.replace("\\<b\\>", "")


def test_sizes_that_do_not_go_together_are_refused_and_nothing_can_be_measured(background: Pretended) -> None:
    page = opened(cost_heads="7")
    assert [one.value for one in page.error] == ["heads (7) must divide width (64)."]
    assert page.button(key="cost_start").disabled


def test_a_measurement_is_started_seen_and_its_table_shown(background: Pretended) -> None:
    page = opened(cost_d_model="32", cost_axis="length", cost_longest="256", cost_seconds="30")
    page.button(key="cost_start").click().run()
    (asked,) = background.started
    assert (asked.base, asked.axes, asked.works) == (Sizes(d_model=32), ("length",), ("forward",))
    assert (asked.longest, asked.seconds) == (256, 30)
    assert background.now is not None
    background.now = replace(background.now, table=replace(made_up(d_model=32), done=6, complete=False))
    page.run()
    assert "A processor" in texts(page)
    assert "width 32" in texts(page)
    assert not [one for one in page.button if one.key == "cost_start"]
    background.now = replace(background.now, ending="done")
    page.run()
    assert WORDS["measuring"]["done"].format(points=12, planned=12) in texts(page)


def test_who_started_it_may_cancel_it_and_nobody_else(background: Pretended) -> None:
    page = opened()
    page.button(key="cost_start").click().run()
    other = opened()
    assert not [one for one in other.button if one.key in {"cost_cancel", "cost_start"}]
    page.button(key="cost_cancel").click().run()
    assert background.cancelled
    assert WORDS["measuring"]["cancelled"] in texts(page)


def test_a_machine_that_measures_already_is_said(background: Pretended) -> None:
    background.busy = True
    page = opened()
    page.button(key="cost_start").click().run()
    assert [one.value for one in page.warning] == [WORDS["measuring"]["busy"]]


def test_races_beside_a_measurement_are_said_while_they_train_and_after(background: Pretended, store: RunStore) -> None:
    page = opened()
    assert WORDS["measuring"]["races"].format(count=1) not in texts(page)
    run = store.runs.create(small_plan(("gru",)).to_config(), owner="x", name="x")
    store.queue.claim("worker", run.id)
    page.button(key="cost_start").click().run()
    assert WORDS["measuring"]["races"].format(count=1) in texts(page)
    assert background.now is not None
    assert background.now.raced
    background.now = replace(background.now, ending="done", table=TABLE)
    assert WORDS["measuring"]["raced"] in texts(opened())


def test_what_was_measured_here_is_asked_for_and_not_there(background: Pretended) -> None:
    assert WORDS["chart"]["none_here"] in texts(opened(cost_table="here"))


def test_a_larger_card_holds_what_a_small_one_does_not(background: Pretended) -> None:
    assert "**do not fit**" in texts(opened(cost_card="8"))
    page = chosen(opened(), "cost_card", "80")
    assert "**fit**" in texts(page)
