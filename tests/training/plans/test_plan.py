import json
import math
from dataclasses import replace
from typing import Any

import pytest

from attnlab.engine import SpecError
from attnlab.models import FAMILIES, ModelConfig, count_parameters, reach
from attnlab.tasks import KINDS, PRESETS, TASKS, example_data
from attnlab.training.plans.checks import families_of
from attnlab.training.plans.plan import BOUNDS, OPTIONAL, RacePlan
from attnlab.training.plans.sizing import MAX_STEP_NUMBERS
from attnlab.training.store import RunConfig
from tests.training.small_plans import small_plan

HUGE = 10**18
SEQUENCE_TASKS = [name for name in TASKS if name not in KINDS]


@pytest.mark.parametrize("task", TASKS)
def test_every_task_sizes_every_family_within_five_percent(task: str) -> None:
    for family in families_of(task):
        plan = RacePlan(task_name=task, contenders=(family,))
        config = plan.model_config(family)
        assert family in ("bag_of_words", "minilm") or abs(count_parameters(config)[0] / 25_000 - 1) <= 0.05  # no body
        assert not isinstance(config, ModelConfig) or config.causal == plan.task.info.causal
        assert config.family == family


@pytest.mark.parametrize("task", SEQUENCE_TASKS)
def test_a_convolution_reaches_the_span_and_not_one_level_more(task: str) -> None:
    plan = RacePlan(task_name=task, contenders=("tcn",))
    config, needed = plan.model_config("tcn"), plan.task.info.span - 1
    assert reach(config) >= needed
    assert config.num_layers == 1 or reach(replace(config, num_layers=config.num_layers - 1)) < needed


def test_a_convolution_that_answers_on_blanks_reaches_past_them() -> None:
    config = small_plan(("tcn",), mode="trailing_blanks").model_config("tcn")
    assert config.trailing_blanks
    assert reach(config) >= 2 * 5 - 1


def test_a_convolution_may_be_too_short_on_purpose() -> None:
    plan = RacePlan(task_name="copy_memory", contenders=("tcn",), levels=3)
    assert reach(plan.model_config("tcn")) < plan.task.info.span - 1


@pytest.mark.parametrize("task", SEQUENCE_TASKS)
def test_a_window_reaches_the_span_and_is_not_wider(task: str) -> None:
    plan = RacePlan(task_name=task, contenders=("window_attention",))
    config, needed = plan.sequence_config("window_attention"), plan.task.info.span - 1
    assert reach(config) >= needed
    assert config.window == 1 or reach(replace(config, window=config.window - 1)) < needed


def test_a_window_that_answers_on_blanks_reaches_past_them() -> None:
    plan = small_plan(("window_attention",), mode="trailing_blanks", num_layers=3)
    assert reach(plan.sequence_config("window_attention")) == 2 * 5 - 1


def test_a_window_may_be_too_narrow_on_purpose() -> None:
    plan = RacePlan(task_name="copy_memory", contenders=("window_attention", "window_attention.window-8"))
    whole, narrow = (plan.sequence_config(key) for key in plan.contenders)
    assert reach(narrow) == 14 < plan.task.info.span - 1 <= reach(whole)


def test_modes_are_those_of_the_task_or_chosen() -> None:
    modes = {mode: small_plan(mode=mode).model_config("gru") for mode in ("task", "causal", "trailing_blanks")}
    assert {mode: (config.causal, config.trailing_blanks) for mode, config in modes.items()} == {
        "task": (False, False),
        "causal": (True, False),
        "trailing_blanks": (True, True),
    }


PLANS = [
    small_plan(),
    small_plan(FAMILIES, seconds=2.5, lr={"gru": 3e-3}, ff_multiple=None, levels=2, dropout=0.1, budget=20_000),
    RacePlan(task_name="mqar", contenders=("tcn",), sizes={"num_pairs": 2}, positions="rope", schedule="constant"),
]


@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_comes_back_from_the_store_equal(plan: RacePlan) -> None:
    stored = RunConfig.from_json(plan.to_config().to_json())
    assert RacePlan.from_config(stored) == plan
    assert hash(RacePlan.from_config(stored)) == hash(plan)


def test_a_plan_on_the_users_data_stores_their_digest_and_takes_no_others() -> None:
    plan = RacePlan(task_name="csv", contenders=("gru",), data=example_data())
    stored = plan.to_config()
    assert "sentence" not in stored.to_json()
    assert RacePlan.from_config(stored, example_data()) == plan
    for other in (None, example_data() + b"\n"):
        with pytest.raises(SpecError, match=r"data .* must be those of the plan"):
            RacePlan.from_config(stored, other)


def test_the_users_text_is_the_tasks_text() -> None:
    text = "the quick brown fox jumps over the lazy dog; " * 3 + "sphinx of black quartz, judge my vow. " * 12
    plan = RacePlan(
        task_name="next_character", contenders=("gru",), data=text.encode(), sizes={"length": 8}, batch_size=8
    )
    assert set(plan.task.info.symbols or ()) <= {*text, "<unk>"}
    assert "z" in (plan.task.info.symbols or ())


def refused(field: str, **changes: Any) -> str:
    with pytest.raises(SpecError) as caught:
        small_plan(**changes)
    assert caught.value.field == field
    assert field in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("field", BOUNDS)
@pytest.mark.parametrize("value", [-1, HUGE, math.nan, math.inf, True, "1", [1], {}])
def test_a_number_out_of_bounds_is_refused_by_name(field: str, value: object) -> None:
    message = refused(field, **{field: value})
    assert repr(value)[:60] in message
    assert "must be" in message


@pytest.mark.parametrize("field", sorted(set(BOUNDS) - set(OPTIONAL)))
def test_a_number_that_is_missing_is_refused(field: str) -> None:
    refused(field, **{field: None})


@pytest.mark.parametrize("field", ["task_name", "mode", "positions", "schedule", "preset"])
@pytest.mark.parametrize("value", ["", "nothing", None, 1, ["reverse"]])
def test_a_word_that_is_no_choice_is_refused(field: str, value: object) -> None:
    assert "must be one of" in refused(field, **{field: value})


@pytest.mark.parametrize("contenders", [(), ("gru", "gru"), ("cnn",), ("gru", None), (["gru"],), ("bag_of_words",)])
def test_contenders_are_different_and_of_known_families(contenders: Any) -> None:
    assert "transformer, lstm, gru" in refused("contenders", contenders=contenders)


@pytest.mark.parametrize("contenders", ["gru", ["gru"], None])
def test_contenders_are_a_tuple(contenders: Any) -> None:
    with pytest.raises(SpecError, match="contenders"):
        RacePlan(task_name="reverse", contenders=contenders)


@pytest.mark.parametrize(
    ("field", "sizes"),
    [
        ("length", {"length": 3}),
        ("length", {"length": HUGE}),
        ("length", {"length": 5.0}),
        ("length", {"length": True}),
        ("length", {"length": [5]}),
        ("sizes", {"width": 5}),
        ("sizes", [5]),
    ],
)
def test_sizes_are_the_tasks(field: str, sizes: Any) -> None:
    refused(field, sizes=sizes)


@pytest.mark.parametrize("lr", [{"gru": -1e-3}, {"gru": 1e9}, {"gru": math.nan}, {"gru": "1"}, {"lstm": 1e-3}, 1e-3])
def test_learning_rates_are_bounded_and_name_a_contender(lr: Any) -> None:
    refused("lr", lr=lr)


def test_heads_that_cannot_be_matched_are_refused_as_a_budget() -> None:
    assert "nearest" in refused("budget", budget=500, num_heads=16, num_layers=2)


def test_a_sequence_longer_than_any_model_takes_is_refused() -> None:
    with pytest.raises(SpecError, match="2048"):
        RacePlan(task_name="adding", contenders=("gru",), sizes={"length": 3000})


def test_a_step_that_would_fill_the_memory_is_refused_with_the_most_that_would_not() -> None:
    sizes = PRESETS["mqar"]["published"]
    with pytest.raises(SpecError, match=r"batch_size \(512\) must be at most (\d+)") as caught:
        RacePlan(task_name="mqar", contenders=("gru",), sizes=sizes, batch_size=512)
    most = int(str(caught.value).split("at most ")[1].split(":")[0])
    plan = RacePlan(task_name="mqar", contenders=("gru",), sizes=sizes, batch_size=most)
    assert plan.batch_size * plan.task.info.seq_len * plan.task.info.num_outputs * 3 <= MAX_STEP_NUMBERS


def test_a_model_too_large_for_a_snapshot_is_refused() -> None:
    with pytest.raises(SpecError, match="embedding and head"):
        RacePlan(task_name="mqar", contenders=("rnn",), sizes={"vocab_size": 8192}, budget=1_000_000, batch_size=1)


def test_blanks_are_refused_where_they_would_see_the_answers() -> None:
    refused("mode", task_name="next_character", sizes={}, mode="trailing_blanks")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"task_name": "reverse", "data": b"text"}, "data"),
        ({"task_name": "next_character", "data": "text"}, "data"),
        ({"task_name": "next_character", "data": b"\xff" * 500}, "data"),
        ({"task_name": "next_character", "data": b""}, "text"),
        ({"task_name": "csv", "data": b""}, "file"),
        ({"task_name": "csv", "data": b"PK\x03\x04"}, "file"),
        ({"task_name": "csv", "data": b"text,label\na,1\nb,1\n"}, "label_column"),
        ({"task_name": "csv", "text_column": None}, "text_column"),
    ],
)
def test_data_that_will_not_do_are_refused(changes: dict[str, Any], field: str) -> None:
    refused(field, **{"sizes": {}, **changes})


def stored(**changes: Any) -> RunConfig:
    config = json.loads(small_plan().to_config().to_json())
    settings = config["settings"] | changes.pop("settings", {})
    return RunConfig(config["task"], tuple(config["contenders"]), settings, changes.pop("version", config["version"]))


@pytest.mark.parametrize(
    ("config", "field"),
    [
        (stored(version=2), "version"),
        (stored(settings={"colour": 1}), "settings"),
        (stored(settings={"steps": 0}), "steps"),
        (stored(settings={"steps": "many"}), "steps"),
        (stored(settings={"sizes": 5}), "sizes"),
        (stored(settings={"lr": None}), "lr"),
        (stored(settings={"data_digest": [1]}), "data"),
        (stored(settings={"positions": {}}), "positions"),
    ],
)
def test_settings_from_a_link_are_checked_again(config: RunConfig, field: str) -> None:
    with pytest.raises(SpecError) as caught:
        RacePlan.from_config(config)
    assert caught.value.field == field


def test_a_setting_that_an_older_plan_lacked_has_its_default() -> None:
    settings = {name: value for name, value in small_plan().to_config().settings.items() if name != "clip"}
    assert RacePlan.from_config(RunConfig("reverse", ("transformer", "gru"), settings)) == small_plan()
