"""One score for one model on one set, on every page, with the number of examples beside it; and what is said before."""

import random
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from attnlab.looks.run_store import finals_of
from attnlab.paths import PAGES, ROOT
from attnlab.prose import counted, name_of, page_prose
from attnlab.tasks import Reading
from attnlab.training import RunStore
from attnlab.training.plans.plan import RacePlan
from attnlab.training.running.work.worker import train
from attnlab.training.scoring.intervals import wilson
from attnlab.training.shown.classify_plans import on_rows
from attnlab.training.tuning.rates import UNTUNED, forget_table, read_table
from attnlab.ui.races.before_start import untuned_note
from attnlab.ui.races.standings import majority_note, percent_range
from tests.training.small_plans import small_plan

WORDS = page_prose("training")
FACTS = WORDS["facts"]
JOINER = "\u2060\\"


def uneven_table(count: int = 1500) -> bytes:
    """More than 256 rows for the test, four in five of one class."""
    rng = random.Random(0)
    lines = [
        f"{' '.join(rng.choice(('train', 'late', 'early', 'door', 'seat')) for _ in range(7))};{rng.choice('aaaab')}"
        for _ in range(count)
    ]
    return "\n".join(["text;label", *lines]).encode()


READING = Reading(separator=";")


def trained(store: RunStore, plan: RacePlan) -> str:
    if plan.data is not None:
        store.datasets.save(plan.data)
    run = store.runs.create(plan.to_config(), owner="anna", name="a race")
    assert train(store, run.id, "worker") == "finished"
    return run.id


def opened(page_name: str, **link: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.switch_page(str(PAGES / f"{page_name}.py"))
    page.query_params.update(link)
    return ran(page)


def ran(page: AppTest) -> AppTest:
    page = page.run()
    assert not page.exception, page.exception[0].message
    return page


def standings(page: AppTest) -> pd.DataFrame:
    return table(page, FACTS["equal"])


def table(page: AppTest, column: str) -> pd.DataFrame:
    """The one with such a column, by contender."""
    (found,) = (one.value for one in page.dataframe if column in one.value.columns)
    return found.set_index(FACTS["contender"])


def told(page: AppTest) -> str:
    return " ".join(one.value for one in (*page.caption, *page.warning)).replace(JOINER, "")


# --- after the end ----------------------------------------------------------------------------------------------------


def test_both_tables_of_a_page_show_one_number_for_one_model(store: RunStore) -> None:
    plan = replace(
        on_rows(uneven_table(), READING), steps=12, budget=2000, num_layers=1, contenders=("lstm", "text_cnn")
    )
    page = opened("classify", run=trained(store, plan))
    race, judged = standings(page), table(page, page_prose("classify")["results"]["all"])
    count = plan.task.info.num_test
    assert count is not None
    assert count > 256
    said = page_prose("classify")["results"]
    names = (WORDS["curves"]["metric"]["accuracy"], FACTS["interval"], FACTS["examples"], FACTS["balanced"])
    in_race = race[[*names, FACTS["macro_f1"], FACTS["body"], FACTS["all"]]]
    in_judged = judged[[said["all"], *names[1:], FACTS["macro_f1"], FACTS["body"], FACTS["all"]]]
    for family in plan.families:
        name = name_of("family", family)
        assert in_race.loc[name].tolist() == in_judged.loc[name].tolist()
        assert in_race.loc[name][FACTS["examples"]] == count
    assert counted(FACTS["of_all"], count, count=f"{count:,}") in told(page)
    assert FACTS["curves_of"].format(count="256") in told(page)
    assert majority_note(plan.task.info) in told(page)


def test_a_fresh_task_says_of_how_many_examples_its_scores_are(store: RunStore) -> None:
    page = opened("training", run=trained(store, small_plan()))
    shown = standings(page)
    assert set(shown[FACTS["examples"]]) == {1000}
    assert FACTS["interval"] not in shown
    assert FACTS["balanced"] not in shown
    assert FACTS["of_fresh"].format(count="1,000") in told(page)


def test_a_run_without_final_scores_shows_those_while_training_with_their_number(store: RunStore) -> None:
    run = trained(store, small_plan())
    metric = WORDS["curves"]["metric"]["accuracy"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("attnlab.ui.races.race.finals_of", lambda *_: {})
        page = opened("training", run=run)
    shown = standings(page)
    (last,) = [one.metric for one in store.points.after(run).points if one.contender == "gru" and one.metric][-1:]
    assert shown.loc["GRU"][metric] == last
    assert set(shown[FACTS["examples"]]) == {256}
    assert shown.loc["GRU"][FACTS["interval"]] == percent_range(wilson(last, 256))
    assert FACTS["while_training"].format(count="256") in told(page)


def test_a_score_of_another_step_is_not_shown(store: RunStore) -> None:
    run = trained(store, small_plan())
    finals = {family: replace(one, step=one.step - 1) for family, one in finals_of(store, run).items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("attnlab.ui.races.race.finals_of", lambda *_: finals)
        page = opened("training", run=run)
    assert set(standings(page)[FACTS["examples"]]) == {256}


# --- before the start -------------------------------------------------------------------------------------------------

FEW = b"text;label\n" + b"".join(b"w%d is fine;good\nv%d is not;bad\n" % (n, n) for n in range(12)) + b"x;odd\ny;odd\n"


@pytest.mark.parametrize(("page_name", "key"), [("training", "own_csv"), ("classify", "cl_csv")])
def test_too_few_rows_are_told_before_the_start(store: RunStore, page_name: str, key: str) -> None:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.switch_page(str(PAGES / f"{page_name}.py"))
    page.session_state["t_race"] = "csv"
    page.query_params["cl_data"] = "csv"
    page = ran(page)
    assert not page.warning
    page.file_uploader(key=key).upload("own.csv", FEW, "text/csv")
    page = ran(page)
    (said,) = (one.value.replace(JOINER, "") for one in page.warning)
    assert "rows to learn from are so few" in said
    assert "“odd”" in said
    assert "“good”" not in said
    assert WORDS["table"]["preview"].format(rows=26, classes=3) in told(page)


def test_too_few_pairs_are_told_before_the_start(store: RunStore) -> None:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.switch_page(str(PAGES / "translate.py"))
    page.session_state["translate_setup"] = True
    page.session_state["translate_preset"] = "own"
    page = ran(page)
    rows = b"english,french\nthe cat sleeps,le chat dort\na dog sings,un chien chante\nthe dog,le chien\n"
    page.file_uploader(key="own_parallel").upload("own.csv", rows, "text/csv")
    page = ran(page)
    said = " ".join(one.value for one in page.warning)
    assert "pairs to learn from can be learned by heart" in said
    assert WORDS["findings"]["one_test"] in said
    assert page_prose("translate")["setup"]["preview"].format(rows=3) in told(page)


@pytest.fixture
def no_rates(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody has tuned anything."""
    monkeypatch.setattr("attnlab.training.tuning.rates.read_table", dict)
    forget_table()
    yield
    monkeypatch.undo()
    forget_table()


def test_a_tuned_rate_is_not_called_a_guess(store: RunStore) -> None:
    assert small_plan().untuned == ()
    assert f"{UNTUNED:g}, a guess" not in told(opened("training"))


@pytest.mark.usefixtures("no_rates")
def test_a_guessed_rate_is_told_before_the_start_and_after_the_end_whatever_the_table_says_by_then(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = untuned_note(small_plan().untuned)
    assert note is not None
    assert "Transformer, GRU" in note
    assert untuned_note(small_plan(lr={"transformer": 0.1, "gru": 0.1}).untuned) is None
    assert f"{UNTUNED:g}, a guess" in told(opened("training"))
    run = trained(store, small_plan())
    monkeypatch.setattr("attnlab.training.tuning.rates.read_table", read_table)
    forget_table()
    assert small_plan().untuned == ()
    page = opened("training", run=run)
    assert note in told(page)
    mark = WORDS["untuned"]["mark"].format(lr=f"{UNTUNED:g}")
    assert set(standings(page)[FACTS["lr"]]) == {mark}
