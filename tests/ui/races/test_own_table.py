"""A learner's table on the pages that take one: what was guessed is said, can be changed, and is what the run reads."""

from typing import Any

import pytest
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest

from attnlab.paths import PAGES, ROOT
from attnlab.prose import name_of, page_prose
from attnlab.tasks.tables import TEXTS, Given, guessed
from attnlab.text import formula_safe
from attnlab.training import RunStore
from attnlab.training.stored import plan_of

JOINER = "\u2060\\"
SAID = page_prose("training")["table"]
STARTS = {"training": page_prose("training")["page"]["start"], "classify": page_prose("classify")["choose"]["start"]}
KEYS = {"training": "own_csv", "classify": "cl_csv"}
MESSAGES = "".join(f"{('ham', 'spam')[n % 2]}\tThe train number {n} came late.\n" for n in range(30))
REVIEWS = "text;label\n" + "".join(f"thé film, number {n}, was fine;{('pos', 'neg')[n % 2]}\n" for n in range(30))

pytestmark = pytest.mark.usefixtures("store")


def uploaded(data: bytes, page_name: str = "classify") -> AppTest:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.switch_page(str(PAGES / f"{page_name}.py"))
    if page_name == "training":
        page.session_state["t_race"] = "csv"
    else:
        page.query_params["cl_data"] = "csv"
    page = ran(page)
    page.file_uploader(key=KEYS[page_name]).upload("own.csv", data, "text/csv")
    return ran(page)


def ran(page: AppTest) -> AppTest:
    page = page.run()
    assert not page.exception, page.exception[0].message
    return page


def widget(page: AppTest, kind: str, label: str) -> Any:
    (found,) = (one for one in getattr(page, kind) if one.label == label)
    return found


def captions(page: AppTest) -> str:
    return " ".join(one.value for one in page.caption).replace(JOINER, "")


def start(page: AppTest, page_name: str = "classify") -> Any:
    return widget(page, "button", STARTS[page_name])


def columns(page: AppTest) -> tuple[str, str]:
    words = page_prose("classify")["choose"]
    text, label = (widget(page, "selectbox", words[f"{name}_column"]).value for name in ("text", "label"))
    return text, label


@pytest.mark.parametrize("page_name", KEYS)
def test_what_was_guessed_is_said_and_is_what_the_run_reads(page_name: str, store: RunStore) -> None:
    data = MESSAGES.encode("utf-16")
    page = uploaded(data, page_name)
    told = SAID["read_as_data"].format(encoding="UTF-16", separator=name_of("separator", "tab"))
    assert told in captions(page)
    assert columns(page) == ("2", "1")
    shown = next(one.value for one in page.dataframe if list(one.value.columns) == ["column 1", "column 2"])
    assert shown.iloc[0].tolist() == ["ham", "The train number 0 came late."]
    ran(start(page, page_name).click())
    (run,) = store.runs.history()
    plan = plan_of(store, run)
    assert plan.reading == guessed(data, TEXTS, Given())
    assert plan.task.info.num_outputs == 2


def test_another_separator_or_encoding_reads_the_columns_again() -> None:
    page = uploaded(REVIEWS.encode("cp1252"))
    assert columns(page) == ("text", "label")
    page = ran(widget(page, "selectbox", SAID["separator"]).set_value(","))
    assert page.error, "the header has one cell"
    page = ran(widget(page, "selectbox", SAID["separator"]).set_value(";"))
    assert columns(page) == ("text", "label")
    page = ran(widget(page, "selectbox", SAID["encoding"]).set_value("windows-1251"))
    shown = next(one.value for one in page.dataframe if list(one.value.columns) == ["text", "label"])
    assert shown.iloc[0]["text"] == "thй film, number 0, was fine"
    page = ran(widget(page, "checkbox", SAID["header"]).set_value(False))
    assert columns(page) == ("1", "2")


def test_labels_that_look_alike_are_one_unless_they_are_parted(store: RunStore) -> None:
    data = "text,label\n" + "".join(f"number {n} was fine,{('pos', 'POS', 'neg')[n % 3]}\n" for n in range(30))
    page = uploaded(data.encode())
    assert SAID["preview"].format(rows=30, classes=2, left_out=0) in captions(page)
    label = SAID["merge_labels"].format(labels="“POS” = “pos”")
    page = ran(widget(page, "checkbox", label).set_value(False))
    assert SAID["preview"].format(rows=30, classes=3, left_out=0) in captions(page)
    ran(start(page).click())
    (run,) = store.runs.history()
    assert not plan_of(store, run).merge_labels
    assert run.name == name_of("data", "csv") != "csv"


def test_a_label_with_one_text_is_left_out_by_name() -> None:
    page = uploaded(f"{REVIEWS}a lonely text;other\n".encode())
    assert SAID["lonely"].format(labels="“other”") in captions(page)
    assert SAID["preview"].format(rows=30, classes=2) in captions(page), "what is left out is no row to learn from"
    assert not start(page).disabled


@pytest.mark.parametrize("page_name", KEYS)
def test_what_is_cut_is_said_beside_the_start_and_can_be_changed(page_name: str, store: RunStore) -> None:
    data = "text,label\n" + "".join(
        f"{n} {'so ' * (98 if n % 2 else 5)}{n},{('pos', 'neg')[n % 3 == 0]}\n" for n in range(30)
    )
    page = uploaded(data.encode(), page_name)
    most = widget(page, "number_input", page_prose(page_name)["knobs"]["max_tokens"]["label"])
    assert SAID["cut_first"].format(share="50%", most=most.value) in captions(page)
    label = page_prose(page_name)["knobs"]["cut"]["label"]
    page = ran(widget(page, "selectbox", label).set_value("last"))
    assert SAID["cut_last"].format(share="50%", most=most.value) in captions(page)
    page = ran(widget(page, "number_input", most.label).set_value(100))
    assert SAID["cut_last"].split("{")[1].split("}")[1] not in captions(page)
    ran(start(page, page_name).click())
    (run,) = store.runs.history()
    plan = plan_of(store, run)
    assert (plan.cut, dict(plan.sizes)) == ("last", {"max_tokens": 100})


def test_two_columns_of_text_are_joined_where_that_is_chosen(store: RunStore) -> None:
    data = "".join(f'"{n % 2 + 1}","News {n}","The garden number {n}, as it was, is a joy."\n' for n in range(20))
    page = uploaded(f'"class","title","description"\n{data}'.encode())
    assert columns(page) == ("description", "class")
    page = ran(widget(page, "selectbox", SAID["second_text_column"]).set_value("title"))
    ran(start(page).click())
    (run,) = store.runs.history()
    table: Any = plan_of(store, run).task
    assert table.table.texts[0] == "The garden number 0, as it was, is a joy. News 0"


def test_a_negative_label_is_shown_as_it_is_and_guarded_in_what_is_downloaded() -> None:
    data = "text,label\n" + "".join(f"number {n} was fine,{(1, -1)[n % 2]}\n" for n in range(20))
    page = uploaded(data.encode())
    table = next(one for one in page.dataframe if list(one.value.columns) == ["text", "label"])
    assert table.value["label"].tolist()[:2] == ["1", formula_safe("-1")]
    shown = convert_arrow_bytes_to_pandas_df(table.proto.arrow_data.styler.display_values)
    assert shown["label"].tolist()[:2] == ["1", "-1"]


def test_a_table_of_many_classes_is_taken() -> None:
    data = "text,label\n" + "".join(f"number {n} was fine,c{n % 90}\n" for n in range(360))
    page = uploaded(data.encode())
    assert SAID["preview"].format(rows=360, classes=90, left_out=0) in captions(page)
