"""Who takes part: contenders that differ from a family in a setting, on the page and in its link."""

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.charts import contender_name
from attnlab.paths import PAGES, ROOT
from attnlab.prose import page_prose
from attnlab.training import RunStore
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.races import RACES
from attnlab.training.stored import plan_of

WORDS = page_prose("training")
TWO = "transformer.heads-1,transformer.heads-8"

pytestmark = pytest.mark.usefixtures("store")


def opened(**link: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.switch_page(str(PAGES / "training.py"))
    page.query_params.update(link)
    return ran(page)


def ran(page: AppTest) -> AppTest:
    page = page.run()
    assert not page.exception, page.exception[0].message
    return page


def started(page: AppTest, store: RunStore) -> tuple[RacePlan, str]:
    """The plan of the run that is started now, and what it is called."""
    (start,) = (one for one in page.button if one.label == WORDS["page"]["start"])
    assert not start.disabled
    ran(start.click())
    (run,) = store.runs.history()
    return plan_of(store, run), run.name


def chosen(page: AppTest, race: str = "recall") -> list[str]:
    return list(page.button_group(key=f"contenders_{race}").value)


def in_link(page: AppTest) -> dict[str, str]:
    """The page's parameters, each of which is given once."""
    return {name: said[0] if isinstance(said, list) else said for name, said in page.query_params.items()}


def add_like(page: AppTest, like: str, setting: str, word: str) -> AppTest:
    """Everything the popover asks for, one after the other."""
    ran(page.selectbox(key="like_recall").select(like))
    ran(page.selectbox(key="setting_recall").select(setting))
    ran(page.selectbox(key=f"value_recall_{setting}").select(word))
    return ran(page.button(key="add_recall").click())


def test_a_link_without_contenders_opens_the_race_as_it_comes(store: RunStore) -> None:
    plan, _ = started(opened(), store)
    assert plan == RACES["recall"]


@pytest.mark.parametrize("name", ["heads", "scaling", "positions", "layers", "residual"])
def test_a_race_between_settings_starts_under_its_own_title(name: str, store: RunStore) -> None:
    plan, title = started(opened(t_race=name), store)
    assert (plan, title) == (RACES[name], WORDS["races"][name]["title"])


def test_the_titles_of_all_races_differ() -> None:
    titles = [WORDS["races"].get(name, WORDS["tasks"][plan.task_name])["title"] for name, plan in RACES.items()]
    assert len(set(titles)) == len(titles)


def test_a_link_says_who_takes_part(store: RunStore) -> None:
    page = opened(t_contenders=TWO)
    assert chosen(page) == TWO.split(",")
    table = page.dataframe[0].value
    assert list(table.iloc[:, 0]) == ["Transformer · 1 head", "Transformer · 8 heads"]
    plan, title = started(page, store)
    assert plan.contenders == tuple(TWO.split(","))
    assert title == WORDS["tasks"]["mqar"]["title"]
    assert in_link(page)["t_contenders"] == TWO


@pytest.mark.parametrize(
    "text", ["transformer.heads-99", "nobody", "lstm.scale-off", "<b>x</b>", "x" * 3000, "transformer,transformer"]
)
def test_a_link_that_cannot_be_is_said_and_the_race_is_as_it_comes(text: str, store: RunStore) -> None:
    page = opened(t_contenders=text)
    (warning,) = page.warning
    assert "t\\_contenders" in warning.value or "t_contenders" in warning.value
    assert "1 to 8 different contenders" in warning.value
    assert "<b>" not in warning.value
    assert "t_contenders" not in page.query_params
    assert started(page, store)[0] == RACES["recall"]


def test_a_contender_is_added_and_goes_when_it_is_no_longer_chosen(store: RunStore) -> None:
    page = add_like(opened(), "transformer", "heads", "8")
    assert chosen(page) == [*RACES["recall"].contenders, "transformer.heads-8"]
    page = add_like(page, "transformer.heads-8", "scale", "off")
    assert chosen(page)[-1] == "transformer.heads-8.scale-off"
    ran(page.button_group(key="contenders_recall").set_value(["transformer", "transformer.heads-8"]))
    assert in_link(page) == {"t_contenders": "transformer,transformer.heads-8"}
    assert contender_name("transformer.heads-8.scale-off") not in page.button_group(key="contenders_recall").options
    assert started(page, store)[0].contenders == ("transformer", "transformer.heads-8")


def test_only_what_a_family_has_can_be_changed_of_it() -> None:
    page = ran(opened().selectbox(key="like_recall").select("lstm"))
    offered = page.selectbox(key="setting_recall").options
    assert "layers" in offered
    assert not {"heads", "positions", "scaling of scores"} & set(offered)


def test_nobody_is_added_twice_and_no_more_than_a_run_may_have() -> None:
    page = opened(t_contenders="transformer.heads-1")
    assert page.button(key="add_recall").disabled  # one head is the first that is on offer
    eight = ",".join(f"lstm.layers-{layers}" for layers in range(1, 9))
    page = opened(t_contenders=eight)
    assert page.button(key="add_recall").disabled
    assert WORDS["own"]["full"].format(most=8) in [one.value for one in page.caption]


def test_nobody_takes_part_where_nobody_is_chosen() -> None:
    page = ran(opened().button_group(key="contenders_recall").set_value([]))
    assert chosen(page) == []
    assert page.error
    (start,) = (one for one in page.button if one.label == WORDS["page"]["start"])
    assert start.disabled


def test_two_that_would_train_alike_are_refused_by_their_names() -> None:
    page = opened(t_contenders="transformer,transformer.heads-2")  # the race has two heads
    (error,) = page.error
    assert "Transformer · 2 heads and Transformer would be the same model, trained alike" in error.value


def test_a_setting_that_no_model_can_have_is_said_in_the_pages_words() -> None:
    (error,) = opened(t_contenders="transformer.heads-3.d_model-8").error
    assert "must divide" in error.value


def test_another_race_has_its_own_contenders() -> None:
    page = ran(opened(t_contenders=TWO).button_group(key="t_race").set_value("sort"))
    assert chosen(page, "sort") == list(RACES["sort"].contenders)
    assert in_link(page) == {"t_race": "sort"}


def test_a_width_of_its_own_is_said_to_free_a_contender_of_the_budget() -> None:
    said = WORDS["own"]["free_width"]
    assert said in [one.value for one in opened(t_contenders="transformer.d_model-64,lstm").caption]
    assert said not in [one.value for one in opened(t_contenders=TWO).caption]


def test_a_contender_whose_name_would_be_too_long_is_refused_where_it_is_made(store: RunStore) -> None:
    page = opened(t_contenders="transformer.heads-1.positions-sinusoidal")
    page.selectbox(key="like_recall").set_value("transformer.heads-1.positions-sinusoidal")
    page.selectbox(key="setting_recall").set_value("dropout")
    page = ran(page)
    (add,) = (button for button in page.button if button.key == "add_recall")
    assert add.disabled
    assert any("40" in one.value for one in page.caption)
    assert not page.error
    started(page, store)
