import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from attnlab.cli import race as command
from attnlab.cli.terminal.interrupts import interrupts
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.race import Race
from attnlab.training.store import RunConfig
from tests.cli.conftest import REVERSE, SMALL, Said, interrupted
from tests.products import alike, slow

ROOT = Path(__file__).resolve().parents[2]


def test_a_race_ends_with_a_table_and_its_floors(said: Callable[..., Said]) -> None:
    code, out, error = said("race", *REVERSE, "--families", "transformer,gru", "--steps", "11")
    assert (code, error) == (0, "")
    results, floors = out.rstrip().split("\n\n")
    header, _, *rows = [re.split(r"  +", line) for line in results.splitlines()]
    named = ["contender", "body parameters", "all parameters", "steps", "seconds", "ms/step", "lr", "loss", "accuracy"]
    assert header == [*named, "examples"]
    assert [row[0] for row in rows] == ["transformer", "gru"]
    assert all(row[3] == "11" for row in rows)
    assert all(int(row[1].replace(",", "")) < int(row[2].replace(",", "")) for row in rows)
    assert all(row[-1] == "1,000" for row in rows)
    assert [line.split()[0] for line in floors.splitlines()[2:]] == ["chance", "one-way"]


def test_the_json_has_the_plan_the_curves_and_the_results(said: Callable[..., Said], tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    assert said("race", *REVERSE, "--families", "gru,tcn", "--steps", "11", "--json", str(path))[0] == 0
    text = path.read_text(encoding="utf-8")
    found = json.loads(text)
    plan = RacePlan.from_config(RunConfig.from_json(json.dumps(found["plan"])))
    assert (plan.families, plan.steps, plan.budget, plan.seed) == (("gru", "tcn"), 11, 2000, 3)
    assert found["interrupted"] is False
    assert set(found["facts"]) == set(found["final"]) == set(found["points"]) == {"gru", "tcn"}
    for points in found["points"].values():
        trained = [point for point in points if "loss" in point]
        tested = [point for point in points if "test_loss" in point]
        assert len(trained) + len(tested) == len(points)
        assert tested[0]["step"] == 0
        assert trained[-1]["step"] == tested[-1]["step"] == 11
        assert all(point["examples"] == 7 * point["step"] for point in points)
    assert str(ROOT) not in text
    assert str(tmp_path) not in text
    assert set(found["versions"]) == {"python", "torch"}


def test_contenders_that_differ_in_a_setting_are_told_apart(said: Callable[..., Said], tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    asked = ("--contender", "transformer:heads=1", "--contender", "transformer:layers=2,d_model=16")
    code, out, error = said("race", *REVERSE, *asked, "--steps", "4", "--json", str(path))
    assert code == 0
    keys = ["transformer.heads-1", "transformer.layers-2.d_model-16"]
    assert [line.split()[0] for line in out.splitlines()[2:4]] == keys
    assert "not matched to budget (2000), because d_model is set: transformer.layers-2.d_model-16" in error
    found = json.loads(path.read_text(encoding="utf-8"))
    assert RacePlan.from_config(RunConfig.from_json(json.dumps(found["plan"]))).contenders == tuple(keys)
    assert list(found["facts"]) == list(found["final"]) == list(found["points"]) == keys
    assert [one["contender"] for one in found["final"].values()] == keys
    assert {one["family"] for one in found["final"].values()} == {"transformer"}
    assert found["facts"][keys[1]]["d_model"] == 16


def test_the_same_command_gives_the_same_scores(said: Callable[..., Said], tmp_path: Path) -> None:
    finals = []
    for name in ("one.json", "two.json"):
        said("race", *REVERSE, "--families", "gru", "--steps", "11", "--device", "cpu", "--json", str(tmp_path / name))
        final = json.loads((tmp_path / name).read_text(encoding="utf-8"))["final"]["gru"]
        finals.append((final["loss"], final["metric"], final["steps"]))
    assert finals[0] == finals[1]


def test_longer_tests_have_columns_of_their_own(said: Callable[..., Said], tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    _, out, _ = said("race", "--race", "parity", *SMALL, "--families", "rnn", "--steps", "2", "--json", str(path))
    assert "accuracy, T=40  accuracy, T=80" in out
    longer = json.loads(path.read_text(encoding="utf-8"))["final"]["rnn"]["longer"]
    assert set(longer) == {"40", "80"}
    assert all(0 <= share <= 1 for share in longer.values())


def test_disturbed_tests_have_columns_of_their_own(said: Callable[..., Said], tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    blind = ("--contender", "transformer:positions=none", "--contender", "cnn2d")
    code, out, _ = said("race", "--task", "digits", "--budget", "2000", *blind, "--steps", "2", "--json", str(path))
    assert code == 0
    assert "accuracy, shuffled  accuracy, shifted" in out
    final = json.loads(path.read_text(encoding="utf-8"))["final"]
    assert final["transformer.positions-none"]["disturbed"]["shuffled"] == final["transformer.positions-none"]["metric"]
    assert set(final["cnn2d"]["disturbed"]) == {"shuffled", "shifted"}


def test_a_race_of_seconds_gives_every_contender_the_same_time(said: Callable[..., Said], tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    assert said("race", *REVERSE, "--families", "gru,tcn", "--seconds", "0.3", "--json", str(path))[0] == 0
    for final in json.loads(path.read_text(encoding="utf-8"))["final"].values():
        assert final["seconds"] >= 0.3
        assert final["steps"] > 0


def test_who_diverges_is_called_so_and_the_json_stays_strict(said: Callable[..., Said], tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    wild = ("--lr", "gru=10", "--clip", "1000", "--schedule", "constant", "--warmup", "0", "--task", "adding")
    small = ("--size", "length=9", "--budget", "2000", "--layers", "1", "--batch-size", "7", "--steps", "3")
    race_of_nan = ("race", *wild, *small, "--families", "gru", "--json", str(path))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("attnlab.training.racing.loop.scored_loss", lambda outputs, _, **__: outputs.sum() * float("nan"))
        code, out, _ = said(*race_of_nan)
    assert code == 0
    assert "gru (diverged)" in out

    def refuse(name: str) -> None:
        raise AssertionError(name)

    found = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    assert found["final"]["gru"]["diverged"] is True
    assert [point["loss"] for point in found["points"]["gru"] if "loss" in point] == [None]


def test_ctrl_c_ends_with_what_there_is_so_far(
    said: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = Race.events
    path = tmp_path / "out.json"

    def events(self: Race, until: int | None = None) -> object:
        for number, event in enumerate(trained(self, until)):
            if number == 5:
                os.kill(os.getpid(), signal.SIGINT)
            yield event

    monkeypatch.setattr(Race, "events", events)
    code, out, _ = said("race", *REVERSE, "--families", "gru,tcn", "--steps", "5000", "--json", str(path))
    assert code == 130
    assert out.startswith("contender")
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["interrupted"] is True
    assert max(final["steps"] for final in found["final"].values()) < 5000


@pytest.mark.parametrize(("number", "code"), alike([(signal.SIGTERM, 143), (signal.SIGINT, 130)], 1))
def test_a_signal_from_elsewhere_ends_with_what_there_is_so_far(number: int, code: int, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    ended, out, _ = interrupted(number, *REVERSE, "--families", "gru", "--seconds", "600", "--json", str(path))
    assert ended == code
    assert out.startswith("contender")
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["interrupted"] is True
    assert found["final"]["gru"]["steps"] > 0
    assert found["final"]["gru"]["test_examples"] == 1000


def test_a_second_ctrl_c_is_not_held_back_and_the_old_handler_returns() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interrupts() as asked:
        assert not asked.is_set()
        signal.raise_signal(signal.SIGINT)
        assert asked.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_the_bar_reaches_its_end(monkeypatch: pytest.MonkeyPatch, said: Callable[..., Said]) -> None:
    bars = []
    made = command.bar
    monkeypatch.setattr(command, "bar", lambda *given, **named: bars.append(made(*given, **named)) or bars[-1])
    monkeypatch.setattr("attnlab.cli.terminal.progress.tqdm", silent_tqdm())
    assert said("race", *REVERSE, "--families", "gru,tcn", "--steps", "4")[0] == 0
    assert [(one.n, one.total) for one in bars] == [(8, 8)]
    assert re.fullmatch(r"gru [\d.]+ tcn [\d.]+", bars[0].postfix)


def silent_tqdm() -> Callable[..., object]:
    """A bar that counts as on a terminal and draws into nothing."""
    from io import StringIO

    from tqdm import tqdm

    return lambda **named: tqdm(**named | {"disable": False, "file": StringIO()})


@slow
def test_on_a_terminal_there_is_a_bar_on_stderr_alone() -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))  # a terminal without columns shows no bar
    command = [sys.executable, "-m", "attnlab", "race", *REVERSE, "--families", "gru", "--steps", "40"]
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs, text=True, check=True, timeout=120)
    os.set_blocking(ours, False)  # nothing drawn fails here, and does not wait for ever
    drawn = os.read(ours, 65536).decode()
    os.close(theirs)
    os.close(ours)
    assert "0%" in drawn
    assert "%" not in ended.stdout


def test_classifiers_are_tested_under_noise_where_that_is_asked(said: Callable[..., Said], tmp_path: Path) -> None:
    path, options = tmp_path / "out.json", ("--task", "classify_sentiment", "--families", "bag_of_words")
    code, out, _ = said("race", *options, "--noise", "0.5", "--steps", "2", "--noise-test", "--json", str(path))
    assert code == 0
    assert re.split(r"  +", out.splitlines()[0])[-4:] == ["noise 0", "noise 0.25", "noise 0.5", "noise 1"]
    found = json.loads(path.read_text())
    assert found["plan"]["settings"]["noise"] == 0.5
    final = found["final"]["bag_of_words"]
    assert final["under_noise"]["0.0"] == final["metric"]
    code, _, error = said("race", *REVERSE, "--noise-test", "--steps", "2")
    assert code == 2
    assert "noise_test must go with a task of classifiers" in error
