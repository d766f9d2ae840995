"""A contender and its key: what plans, points, snapshots and links call it."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from attnlab.engine import SpecError
from attnlab.models import SEQUENCE_FAMILIES, FamilyName, ModelConfig, count_parameters
from attnlab.tasks import KINDS
from attnlab.training.plans.contender import SETTINGS, Contender, contender
from attnlab.training.plans.plan import RacePlan
from attnlab.training.store import RunConfig
from tests.training.small_plans import small_plan

MANY = "transformer.heads-1.layers-2.lr-0.001"
EVERY_SETTING = [
    f"{setting.families[0]}.{name}-{word}" for name, setting in SETTINGS.items() for word in setting.options
]


@pytest.mark.parametrize("family", get_args(FamilyName))
def test_the_key_without_settings_is_the_familys_name(family: FamilyName) -> None:
    assert contender(family) == Contender(family)
    assert Contender(family).key == family


@pytest.mark.parametrize("key", [*EVERY_SETTING, MANY, "lstm_attention.residual-off", "gru.lr-1e-05"])
def test_a_key_says_its_contender_and_is_the_only_one_that_does(key: str) -> None:
    one = contender(key)
    assert one.key == key
    assert Contender(one.family, one.settings) == one
    assert hash(Contender(one.family, dict(one.settings))) == hash(one)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("transformer.layers-2.heads-1", "transformer.heads-1.layers-2"),
        ("transformer.heads-08", "transformer.heads-8"),
        ("lstm.dropout-0.10", "lstm.dropout-0.1"),
        ("lstm.lr-1e-3", "lstm.lr-0.001"),
        ("lstm.lr-0.0010", "lstm.lr-0.001"),
    ],
)
def test_other_spellings_are_read_as_the_one_key(text: str, key: str) -> None:
    assert Contender.read(text).key == key


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        ("", "contenders", "must be one of transformer, lstm"),
        ("Transformer", "contenders", "must be one of transformer, lstm"),
        ("transformer.", "contenders", "must be one of transformer, lstm"),
        ("transformer.heads", "contenders", "must be one of transformer, lstm"),
        ("transformer.colour-red", "contenders", "must be one of heads, layers"),
        ("transformer.heads-", "heads", "must be a whole number"),
        ("transformer.heads-0", "heads", "must be between 1 and 16"),
        ("transformer.heads-17", "heads", "must be between 1 and 16"),
        ("transformer.heads--1", "heads", "must be a whole number"),
        ("transformer.heads-1.5", "heads", "must be a whole number"),
        ("transformer.heads-1_0", "heads", "must be a whole number"),
        ("transformer.heads-\u0663", "heads", "must be a whole number"),
        ("transformer.heads-" + "9" * 5000, "heads", "must be a whole number"),
        ("transformer.heads-1.heads-2", "heads", "must be given once"),
        ("transformer.positions-t5", "positions", "must be one of none, sinusoidal"),
        ("transformer.scale-true", "scale", "must be one of off, on"),
        ("transformer.dropout-0.95", "dropout", "must be between 0.0 and 0.9"),
        ("transformer.lr-inf", "lr", "must be a number"),
        ("transformer.lr-nan", "lr", "must be a number"),
        ("transformer.lr-1e9", "lr", "must be between 0.0 and 10.0"),
        ("lstm.heads-2", "heads", "must be left out beside lstm"),
        ("gru.scale-off", "scale", "must be left out beside gru"),
        ("linear_attention.scale-off", "scale", "must be left out beside linear_attention"),
        ("transformer.window-8", "window", "must be left out beside transformer"),
        ("linear_attention.positions-alibi", "positions", "another kind beside linear_attention"),
        ("window_attention.window-0", "window", "must be between 1 and 4096"),
        ("text_cnn.layers-2", "layers", "must be left out beside text_cnn"),
        ("transformer.heads-1.layers-1.positions-sinusoidal", "contenders", "at most 40 characters"),
        ("transformer.heads-1<script>", "heads", "must be a whole number"),
        ("transformer.heads-1\n", "heads", "must be a whole number"),
    ],
)
def test_what_is_no_contender_is_refused_by_its_setting_with_what_is_allowed(text: str, field: str, said: str) -> None:
    with pytest.raises(SpecError, match=said) as refused:
        Contender.read(text)
    assert refused.value.field == field
    assert len(str(refused.value)) < 400


def test_a_setting_is_added_or_replaced() -> None:
    assert contender("lstm").changed("layers", "3").key == "lstm.layers-3"
    assert contender("transformer.heads-1").changed("heads", "2").key == "transformer.heads-2"
    with pytest.raises(SpecError, match="heads"):
        contender("lstm").changed("heads", "3")


# --- what a plan makes of them ----------------------------------------------------------------------------------------

ONE_EACH = {
    "heads-1": {"num_heads": 1},
    "layers-2": {"num_layers": 2},
    "d_model-10": {"d_model": 10},
    "positions-rope": {"positions": "rope"},
    "scale-off": {"scaling": False},
    "window-3": {"window": 3},
    "mask-causal": {"causal": True},
    "residual-off": {"residual": False},
    "norm-rms": {"norm": "rms"},
    "place-post": {"norm_first": False},
    "ff-off": {"ff_multiple": None},
    "dropout-0.2": {"dropout": 0.2},
}


def test_each_setting_of_the_model_is_tried() -> None:
    assert {said.partition("-")[0] for said in ONE_EACH} | {"lr"} == set(SETTINGS)


@pytest.mark.parametrize(("said", "fields"), ONE_EACH.items())
def test_a_contender_has_its_settings_and_else_what_the_plan_says(said: str, fields: dict[str, Any]) -> None:
    family = SETTINGS[said.partition("-")[0]].families[0]
    plan = small_plan((family, f"{family}.{said}"), budget=5000)
    common, own = (plan.sequence_config(key) for key in plan.contenders)
    assert {name: getattr(own, name) for name in fields} == fields
    assert {name: getattr(common, name) for name in fields} != fields
    assert replace(own, **{name: getattr(common, name) for name in fields} | sizes(common)) == common


def sizes(config: ModelConfig) -> dict[str, Any]:
    """What is chosen anew to meet the budget."""
    return {"d_model": config.d_model, "ff_multiple": config.ff_multiple}


@pytest.mark.parametrize("said", [said for said in ONE_EACH if not said.startswith("d_model")])
def test_a_contender_has_as_many_parameters_as_the_others(said: str) -> None:
    key = f"{SETTINGS[said.partition('-')[0]].families[0]}.{said}"
    config = small_plan((key,), budget=5000).model_config(key)
    assert abs(count_parameters(config)[0] / 5000 - 1) <= 0.05


def test_a_width_of_its_own_is_not_matched_to_the_budget() -> None:
    plan = small_plan(("transformer", "transformer.d_model-40", "tcn.d_model-9"))
    narrow, wide, convolution = (plan.sequence_config(key) for key in plan.contenders)
    assert (wide.d_model, convolution.d_model) == (40, 9)
    assert count_parameters(wide)[0] > 2 * count_parameters(narrow)[0]


def test_the_layers_of_a_convolution_are_its_levels() -> None:
    plan = RacePlan(task_name="copy_memory", contenders=("tcn", "tcn.layers-2"))
    assert plan.sequence_config("tcn.layers-2").num_layers == 2 < plan.sequence_config("tcn").num_layers
    assert (
        RacePlan(task_name="copy_memory", contenders=("tcn.layers-2",), levels=3)
        .sequence_config("tcn.layers-2")
        .num_layers
        == 2
    )


def test_a_rate_is_the_plans_then_the_contenders_then_the_familys() -> None:
    plan = small_plan(("gru", "gru.lr-0.02", "gru.lr-0.03"), lr={"gru.lr-0.03": 0.5})
    assert [plan.rate(key).lr for key in plan.contenders] == [small_plan(("gru",)).rate("gru").lr, 0.02, 0.5]
    assert [plan.rate(key).tuned for key in plan.contenders] == [True, False, False]
    assert plan.untuned == ()  # what was chosen is no guess


@pytest.mark.parametrize(
    ("contenders", "field", "said"),
    [
        (("transformer.heads-2", "transformer.heads-2"), "contenders", "different"),
        (("transformer.layers-1.heads-2",), "contenders", "must be"),  # another spelling of the key
        (("transformer", "transformer.heads-2"), "contenders", "same model"),  # the plan has two heads
        (("gru.lr-0.01", "gru.lr-1e-2"), "contenders", "must be"),
        (("window_attention", "window_attention.window-5"), "contenders", "same model"),  # it takes 5 to see 5 digits
        (("transformer.heads-3.d_model-8",), "num_heads", "must divide d_model"),
        (tuple(f"gru.lr-0.0{n}" for n in range(1, 10)), "contenders", "1 to 8"),
    ],
)
def test_a_plan_refuses_contenders_that_cannot_race(contenders: tuple[str, ...], field: str, said: str) -> None:
    with pytest.raises(SpecError, match=said) as refused:
        small_plan(contenders)
    assert refused.value.field == field


def test_nobody_looks_ahead_where_that_would_be_reading_the_answer() -> None:
    with pytest.raises(SpecError, match="reads the answer") as refused:
        RacePlan(task_name="mqar", contenders=("transformer.mask-none",))
    assert refused.value.field == "mask"
    assert not small_plan(("lstm.mask-none",), mode="causal").sequence_config("lstm.mask-none").causal


@pytest.mark.parametrize("task", sorted(KINDS))
def test_classifiers_and_translators_have_no_settings_of_their_own(task: str) -> None:
    with pytest.raises(SpecError, match="no settings of their own") as refused:
        RacePlan(task_name=task, contenders=("transformer.heads-2",))
    assert refused.value.field == "contenders"


# --- stored plans -----------------------------------------------------------------------------------------------------


def test_a_plan_with_settings_comes_back_from_the_store_equal() -> None:
    plan = small_plan(("transformer.heads-1", "transformer.scale-off", "lstm.layers-2.lr-0.003"))
    stored = RunConfig.from_json(plan.to_config().to_json())
    assert stored.contenders == plan.contenders
    assert RacePlan.from_config(stored) == plan


def test_a_plan_that_was_stored_before_there_were_settings_says_families_and_means_them() -> None:
    text = (
        '{"version": 1, "task": "reverse", "contenders": ["transformer", "gru"], "settings": {"sizes": {"length": 5}, '
        '"num_heads": 2, "num_layers": 1, "budget": 2000, "batch_size": 7, "steps": 11, "warmup": 3, '
        '"lr": {"gru": 0.02}, "data_digest": null}}'
    )
    plan = RacePlan.from_config(RunConfig.from_json(text))
    assert plan == small_plan(lr={"gru": 0.02})
    assert plan.contenders == plan.families == ("transformer", "gru")
    assert plan.to_config().contenders == ("transformer", "gru")


@pytest.mark.parametrize("key", ["transformer.heads-99", "transformer.colour-red", "nobody", "transformer.scale-off "])
def test_stored_contenders_are_checked_again(key: str) -> None:
    config = replace(small_plan().to_config(), contenders=("gru", key))
    with pytest.raises(SpecError):
        RacePlan.from_config(config)


def test_families_that_have_a_setting_are_sequence_families() -> None:
    assert all(set(setting.families) <= set(SEQUENCE_FAMILIES) for setting in SETTINGS.values())
