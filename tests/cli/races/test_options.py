import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from attnlab.cli.races import options
from attnlab.cli.races.options import SETTINGS, SWITCHES, add_race_options, plan_from
from attnlab.engine import SpecError
from attnlab.training.plans.plan import SETTINGS as PLAN_SETTINGS
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.races import RACES


def plan(*arguments: str) -> RacePlan:
    parser = argparse.ArgumentParser()
    add_race_options(parser)
    return plan_from(parser.parse_args(arguments))


def test_every_setting_of_a_plan_has_an_option() -> None:
    assert set(SETTINGS) | set(SWITCHES) == set(PLAN_SETTINGS) - {"sizes", "lr"}


def test_a_task_races_one_family_of_each_kind_with_the_plans_defaults() -> None:
    assert plan("--task", "sort") == RacePlan(task_name="sort", contenders=("transformer", "lstm", "tcn"))


def test_a_race_is_the_one_shown_in_class() -> None:
    for name, shown in RACES.items():
        assert plan("--race", name) == shown


def test_options_change_a_race_and_leave_the_rest() -> None:
    changed = plan("--race", "copy_memory", "--size", "num_symbols=4", "--seed", "7", "--lr", "tcn=0.02")
    assert changed.sizes == {"blanks": 100, "num_symbols": 4}
    assert (changed.seed, changed.lr, changed.kernel_size) == (7, {"tcn": 0.02}, 8)
    assert plan("--race", "copy_memory", "--preset", "published").task.info.sizes["blanks"] == 200


def test_every_option_arrives() -> None:
    given: dict[str, Any] = {
        "preset": "published",
        "steps": 11,
        "seconds": 2.5,
        "batch_size": 7,
        "budget": 9000,
        "seed": 5,
        "num_layers": 1,
        "num_heads": 2,
        "positions": "alibi",
        "ff_multiple": 2.0,
        "dropout": 0.1,
        "kernel_size": 5,
        "levels": 3,
        "mode": "trailing_blanks",
        "warmup": 4,
        "schedule": "constant",
        "weight_decay": 0.1,
        "clip": 2.0,
        "label_smoothing": 0.1,
        "noise": 0.0,  # of classifiers alone
        "text_column": "words",
        "label_column": "class",
        "second_text_column": "more",
        "separator": ";",
        "encoding": "gbk",
        "cut": "last",
    }
    assert set(given) == set(SETTINGS)
    flags = {"num_layers": "layers", "num_heads": "heads"}
    arguments = [
        text for name, value in given.items() for text in (f"--{flags.get(name, name).replace('_', '-')}", str(value))
    ]
    switches = ("--no-header", "--merge-labels")
    assert plan("--task", "reverse", "--families", "transformer,tcn", *arguments, *switches) == RacePlan(
        task_name="reverse", contenders=("transformer", "tcn"), **given, header=False, merge_labels=True
    )


def test_noise_is_for_classifiers() -> None:
    assert plan("--task", "classify_sentiment", "--noise", ".25").noise == 0.25
    with pytest.raises(SpecError, match=r"noise \(0.25\) must be 0 in reverse"):
        plan("--task", "reverse", "--noise", ".25")


@pytest.mark.parametrize(
    ("arguments", "contenders"),
    [
        (("--contender", "transformer:heads=1"), ("transformer.heads-1",)),
        (
            ("--contender", "transformer:heads=1", "--contender", "transformer:heads=8", "--contender", "lstm"),
            ("transformer.heads-1", "transformer.heads-8", "lstm"),
        ),
        (("--contender", " transformer: positions = rope , heads = 2 "), ("transformer.heads-2.positions-rope",)),
        (("--contender", "transformer.heads-2.scale-off"), ("transformer.heads-2.scale-off",)),  # as tables print it
        (("--families", "gru,tcn", "--contender", "gru:lr=2e-3"), ("gru", "tcn", "gru.lr-0.002")),
    ],
)
def test_contenders_with_settings_of_their_own(arguments: tuple[str, ...], contenders: tuple[str, ...]) -> None:
    assert plan("--task", "sort", *arguments).contenders == contenders
    assert plan("--race", "recall", *arguments) == replace(RACES["recall"], contenders=contenders)


def test_a_rate_is_given_to_a_contender_by_its_key() -> None:
    arguments = ("--contender", "transformer:heads=1", "--lr", "transformer.heads-1=0.02")
    assert plan("--task", "sort", *arguments).lr == {"transformer.heads-1": 0.02}


def test_the_learners_file_becomes_the_plans_data(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_bytes("wörter;klasse\ngut;1\nschlecht;0\nsehr gut;1\nnicht gut;0\n".encode())
    made = plan(
        *("--task", "csv", "--data", str(file), "--separator", ";"),
        *("--text-column", "wörter", "--label-column", "klasse"),
    )
    assert made.data == file.read_bytes()
    assert made.task.info.num_outputs == 2


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((), "task"),
        (("--task", "sort", "--race", "sort"), "task"),
        (("--task", "nope"), "task_name"),
        (("--race", "nope"), "race"),
        (("--task", "sort", "--preset", "nope"), "preset"),
        (("--task", "sort", "--families", "lstm,lstm"), "contenders"),
        (("--task", "sort", "--families", "nope"), "contenders"),
        (("--task", "sort", "--contender", "transformer:heads=99"), "heads"),
        (("--task", "sort", "--contender", "transformer:heads=one"), "heads"),
        (("--task", "sort", "--contender", "transformer:heads"), "contender"),
        (("--task", "sort", "--contender", "transformer:"), "contender"),
        (("--task", "sort", "--contender", "transformer:colour=red"), "contenders"),
        (("--task", "sort", "--contender", "nobody:heads=1"), "contenders"),
        (("--task", "sort", "--contender", "transformer:heads=1,heads=2"), "heads"),
        (("--task", "sort", "--contender", "lstm:scale=off"), "scale"),
        (("--task", "sort", "--contender", "transformer:positions=t5"), "positions"),
        (("--task", "sort", "--contender", "gru", "--contender", "gru"), "contenders"),
        (("--task", "sort", "--contender", "transformer:heads=1\x1b[2J"), "heads"),
        (("--task", "translation", "--contender", "transformer:heads=1"), "contenders"),
        (("--task", "mqar", "--contender", "lstm:mask=none"), "mask"),
        (("--task", "sort", "--steps", "1e3"), "steps"),
        (("--task", "sort", "--layers", "x"), "layers"),
        (("--task", "sort", "--steps", "1000000000"), "steps"),
        (("--task", "sort", "--lr", "lstm=nan"), "lr"),
        (("--task", "sort", "--lr", "gru=0.1"), "lr"),
        (("--task", "sort", "--lr", "lstm=1e9"), "lr"),
        (("--task", "sort", "--size", "nope=3"), "sizes"),
        (("--task", "sort", "--size", "length=10000"), "length"),
        (("--task", "sort", "--batch-size", "0"), "batch_size"),
        (("--task", "sort", "--seconds", "inf"), "seconds"),
        (("--task", "sort", "--data", "/no/such/file"), "data"),
        (("--task", "sort", "--data", "/"), "data"),
        (("--task", "sort", "--data", "a\0b"), "data"),
        (("--task", "csv", "--separator", "tabs"), "separator"),
        (("--task", "csv", "--separator", ""), "separator"),
        (("--task", "csv", "--encoding", "rot13"), "encoding"),
        (("--task", "csv", "--encoding", "a\0b"), "encoding"),
        (("--task", "csv", "--encoding", "idna"), "encoding"),
        (("--task", "csv", "--cut", "middle"), "cut"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(arguments: tuple[str, ...], field: str) -> None:
    with pytest.raises(SpecError) as refused:
        plan(*arguments)
    assert refused.value.field == field
    assert str(refused.value).isprintable()


def test_a_file_that_is_too_large_is_refused_before_it_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "MAX_DATASET_BYTES", 10)
    file = tmp_path / "long.txt"
    file.write_text("x" * 11, encoding="utf-8")
    with pytest.raises(SpecError, match=r"data \('long.txt'\) must be at most 10 bytes"):
        plan("--task", "next_character", "--data", str(file))
