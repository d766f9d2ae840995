"""Setting a race up: nothing starts under a heading that is not what it trains."""

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.paths import PAGES, ROOT
from attnlab.prose import page_prose
from attnlab.tasks import example_text
from attnlab.training import RunStore
from attnlab.training.stored import plan_of

PAGE = page_prose("training")["page"]
ROWS = b"review;verdict\n" + b"".join(b"%d was fine;good\n%d was not;bad\n" % (n, n) for n in range(20))

pytestmark = pytest.mark.usefixtures("store")


def race(name: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.switch_page(str(PAGES / "training.py"))
    page.session_state["t_race"] = name
    return ran(page)


def ran(page: AppTest) -> AppTest:
    page = page.run()
    assert not page.exception, page.exception[0].message
    return page


def cannot_start(page: AppTest) -> bool:
    (start,) = (one for one in page.button if one.label == PAGE["start"])
    return bool(start.disabled)


def started(page: AppTest, store: RunStore) -> bytes | None:
    """What the run that is started now trains on."""
    (start,) = (one for one in page.button if one.label == PAGE["start"])
    ran(start.click())
    (run,) = store.runs.history()
    return plan_of(store, run).data


def test_a_race_of_ours_can_start_at_once(store: RunStore) -> None:
    page = race("reverse")
    assert not page.info
    assert started(page, store) is None


def test_no_race_starts_as_your_csv_until_there_is_one(store: RunStore) -> None:
    page = race("csv")
    assert cannot_start(page)
    assert [one.value for one in page.info] == [PAGE["missing"]]
    page.file_uploader(key="own_csv").upload("mine.csv", ROWS, "text/csv")
    page = ran(page)
    assert not page.info
    assert started(page, store) == ROWS


@pytest.mark.parametrize("typed", ["", "  \n "])
def test_no_race_starts_as_your_text_until_there_is_one(typed: str, store: RunStore) -> None:
    page = race("next_character")
    page.session_state["own_text"] = typed
    page = ran(page)
    assert cannot_start(page)
    assert [one.value for one in page.info] == [PAGE["text_missing"]]
    text = " ".join(f"line {number} says abc" for number in range(200))
    page = ran(page.text_area(key="own_text").set_value(text))
    assert not page.info
    assert started(page, store) == text.encode()


def test_the_example_text_is_trained_on_where_everybody_can_read_it(store: RunStore) -> None:
    page = ran(race("next_character").button(key="own_text_example").click())
    assert page.text_area(key="own_text").value == example_text()
    assert started(page, store) == example_text().encode()


def test_too_short_a_text_is_refused_with_its_reason() -> None:
    page = ran(race("next_character").text_area(key="own_text").set_value("too short"))
    assert cannot_start(page)
    assert page.error
