"""A race that was interrupted goes on as if it had not been; files that are no such race are refused in a sentence."""

import json
import os
import signal
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load, save

from attnlab.cli.terminal.output import write_json
from attnlab.training.packed import ENTRY
from attnlab.training.racing.loop import Learner
from attnlab.training.racing.race import Race
from tests.cli.conftest import REVERSE, Said, interrupted

RACE = (*REVERSE, "--families", "transformer,gru", "--dropout", "0.1", "--steps", "23", "--device", "cpu")
EVENTS = 60
"""That race has more, where a chunk is three steps."""


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.safetensors")


def curves(path: Path) -> dict[str, Any]:
    """Points and final scores without what a clock says."""
    found = read(path)
    points = {
        key: [{name: value for name, value in point.items() if name != "seconds"} for point in each]
        for key, each in found["points"].items()
    }
    final = {
        key: {name: value for name, value in one.items() if name not in {"seconds", "ms_per_step"}}
        for key, one in found["final"].items()
    }
    return {"points": points, "final": final, "interrupted": found["interrupted"], "plan": found["plan"]}


@pytest.fixture
def even_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk is three steps, however fast: the losses of curves are means of the same steps."""
    monkeypatch.setattr(Learner, "affordable_steps", 3)


@pytest.fixture
def stopped(said: Callable[..., Said]) -> Callable[..., Said]:
    """A command that gets Ctrl-C at one of its events."""

    def run(at: int, *arguments: str) -> Said:
        told = Race.events

        def events(self: Race, until: int | None = None) -> object:
            for number, event in enumerate(told(self, until)):
                if number == at:
                    os.kill(os.getpid(), signal.SIGINT)
                yield event

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Race, "events", events)
            return said(*arguments)

    return run


@pytest.fixture
def halted(stopped: Callable[..., Said], tmp_path: Path) -> Path:
    """The JSON of a race that was interrupted."""
    path = tmp_path / "out.json"
    assert stopped(9, "race", *RACE, "--json", str(path))[0] == 130
    return path


@pytest.mark.usefixtures("even_chunks")
def test_wherever_it_is_interrupted_it_ends_with_the_same_curves(
    said: Callable[..., Said], stopped: Callable[..., Said], tmp_path: Path
) -> None:
    whole, path = tmp_path / "whole.json", tmp_path / "out.json"
    assert said("race", *RACE, "--json", str(whole))[0] == 0
    for at in (*range(12), 25, 40):
        assert stopped(at, "race", *RACE, "--json", str(path))[0] == 130
        assert read(path)["interrupted"] is True
        assert curves(path) != curves(whole)
        assert said("race", "--resume", str(path))[0] == 0
        assert curves(path) == curves(whole)


@pytest.mark.usefixtures("even_chunks")
def test_a_race_may_be_interrupted_again_and_again_and_its_command_repeated(
    said: Callable[..., Said], stopped: Callable[..., Said], tmp_path: Path
) -> None:
    whole, path, other = (tmp_path / name for name in ("whole.json", "out.json", "other.json"))
    said("race", *RACE, "--json", str(whole))
    assert stopped(5, "race", *RACE, "--json", str(path))[0] == 130
    first = path.read_bytes()
    assert stopped(3, "race", *RACE, "--resume", str(path), "--json", str(other))[0] == 130
    assert path.read_bytes() == first
    assert stopped(6, "race", "--resume", str(other))[0] == 130
    assert said("race", *RACE, "--resume", str(other), "--json", str(other))[0] == 0
    assert curves(other) == curves(whole)


def test_a_process_that_is_told_to_end_goes_on_in_another(said: Callable[..., Said], tmp_path: Path) -> None:
    path, whole = tmp_path / "out.json", tmp_path / "whole.json"
    race = (*REVERSE, "--families", "gru,rnn", "--steps", "500", "--device", "cpu")
    assert interrupted(signal.SIGTERM, *race, "--json", str(path))[0] == 143
    before = read(path)
    assert before["interrupted"] is True
    assert {key: max(point["step"] for point in each) for key, each in before["points"].items()} == {
        key: one["steps"] for key, one in before["final"].items()
    }
    assert said("race", "--resume", str(path))[0] == 0
    assert said("race", *race, "--json", str(whole))[0] == 0
    ours, theirs = curves(path), curves(whole)
    assert ours["final"] == theirs["final"]
    for key in ("gru", "rnn"):  # the chunks of training follow the clock; what is scored does not
        ours_scored, theirs_scored = (
            [one for one in found["points"][key] if "test_loss" in one] for found in (ours, theirs)
        )
        assert ours_scored == theirs_scored
        assert len(ours_scored) > 5


def test_snapshots_lie_beside_a_race_that_can_go_on_and_beside_no_other(
    said: Callable[..., Said], halted: Path
) -> None:
    assert set(load(beside(halted).read_bytes())) == {"transformer", "gru"}
    assert said("race", "--resume", str(halted))[0] == 0
    assert not beside(halted).exists()
    code, _, error = said("race", "--resume", str(halted))
    assert code == 2
    assert "must be of a race that was interrupted; this one came to its end" in error


def test_who_diverged_before_has_diverged_after(
    said: Callable[..., Said], stopped: Callable[..., Said], tmp_path: Path
) -> None:
    path = tmp_path / "out.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("attnlab.training.racing.loop.scored_loss", lambda outputs, _, **__: outputs.sum() * float("nan"))
        assert stopped(4, "race", *RACE, "--json", str(path))[0] == 130
    assert read(path)["final"]["transformer"]["diverged"] is True
    assert said("race", "--resume", str(path))[0] == 0
    final = read(path)["final"]
    assert (final["transformer"]["diverged"], final["transformer"]["steps"]) == (True, 0)
    assert final["gru"]["steps"] == 23


def test_a_race_of_seconds_goes_on_for_the_rest_of_them(
    said: Callable[..., Said], stopped: Callable[..., Said], tmp_path: Path
) -> None:
    path = tmp_path / "out.json"
    race = (*REVERSE, "--families", "gru", "--seconds", "0.4", "--json", str(path))
    assert stopped(3, "race", *race)[0] == 130
    before = read(path)["final"]["gru"]
    assert said("race", "--resume", str(path))[0] == 0
    after = read(path)["final"]["gru"]
    assert before["seconds"] < 0.4 <= after["seconds"]
    assert after["steps"] > before["steps"]


def test_own_data_are_given_again_and_must_be_the_same(
    said: Callable[..., Said], stopped: Callable[..., Said], tmp_path: Path
) -> None:
    table, path = tmp_path / "own.csv", tmp_path / "out.json"
    table.write_text("text,label\n" + "".join(f"the train {n} came,{'ab'[n % 2]}\n" for n in range(40)))
    race = ("--task", "csv", "--data", str(table), "--families", "gru", "--budget", "2000", "--steps", "9")
    assert stopped(3, "race", *race, "--json", str(path))[0] == 130
    code, _, error = said("race", "--resume", str(path))
    assert (code, "data must be given beside resume" in error) == (2, True)
    assert said("race", "--resume", str(path), *race)[0] == 0
    assert stopped(3, "race", *race, "--json", str(path))[0] == 130
    table.write_text("text,label\n" + "".join(f"a bus {n} left,{'ab'[n % 2]}\n" for n in range(40)))
    code, _, error = said("race", "--resume", str(path), "--data", str(table))
    assert (code, "must be those of the plan" in error) == (2, True)


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--steps", "24"), "steps (24)"),
        (("--task", "sort"), "task ('sort')"),
        (("--size", "length=6"), "size ({'length': 6})"),
        (("--lr", "gru=0.5"), "lr ({'gru': 0.5})"),
        (("--families", "gru"), "contenders (('gru',))"),
        (("--contender", "gru"), "contenders (('gru',))"),
        (("--layers", "2"), "layers (2)"),
        (("--heads", "1"), "heads (1)"),
        (("--seed", "4"), "seed (4)"),
        (("--seconds", "3"), "seconds (3.0)"),
        (("--race", "recall"), "task ('mqar')"),
        (("--no-header",), "header (False)"),
        (("--steps", "many"), "steps ('many')"),
    ],
)
def test_an_option_that_contradicts_the_race_is_refused_by_name(
    options: tuple[str, ...], named: str, said: Callable[..., Said], halted: Path
) -> None:
    before = halted.read_bytes(), beside(halted).read_bytes()
    code, out, error = said("race", "--resume", str(halted), *options)
    assert (code, out) == (2, "")
    assert f"{named} must be" in error
    assert error.count("\n") == 1
    assert (halted.read_bytes(), beside(halted).read_bytes()) == before


def _changed(path: Path, **changes: object) -> None:
    write_json(path, read(path) | changes)


def _stepped(path: Path) -> None:
    found = read(path)
    found["points"]["gru"][-1]["step"] += 1
    write_json(path, found)


def _of_another_plan(path: Path) -> None:
    found = read(path)
    found["plan"]["settings"]["seed"] += 1
    write_json(path, found)


def _headed(path: Path, **about: object) -> None:
    data = beside(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    old = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][ENTRY])
    beside(path).write_bytes(save(load(data), {ENTRY: json.dumps(old | about)}))


def _without(path: Path, contender: str) -> None:
    data = beside(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    entry = json.loads(data[8 : 8 + length])["__metadata__"]
    beside(path).write_bytes(save({key: row for key, row in load(data).items() if key != contender}, entry))


def _garbled(path: Path, row: torch.Tensor) -> None:
    data = beside(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    entry = json.loads(data[8 : 8 + length])["__metadata__"]
    beside(path).write_bytes(save(load(data) | {"gru": row}, entry))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no file": (lambda path: path.unlink(), "No such file"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "must be a file"),
    "no snapshots": (lambda path: beside(path).unlink(), "No such file"),
    "half a JSON": (_cut, "must be what `race --json` wrote, whole"),
    "half the snapshots": (lambda path: _cut(beside(path)), "must be the whole JSON of a race"),
    "nothing in it": (lambda path: path.write_bytes(b""), "must be what `race --json` wrote"),
    "no snapshots in them": (lambda path: beside(path).write_bytes(b""), "must be the whole JSON of a race"),
    "no text": (lambda path: path.write_bytes(bytes(range(256))), "must be what `race --json` wrote"),
    "a list": (lambda path: path.write_text("[1]"), "must be what `race --json` wrote"),
    "brackets": (lambda path: path.write_text("[" * 100_000), "must be what `race --json` wrote"),
    "of a sweep": (lambda path: _changed(path, command="sweep"), "must be of a race, in format 1"),
    "of a newer format": (lambda path: path.write_text(path.read_text().replace(": 1,", ": 2,", 1)), "format 1"),
    "ended": (lambda path: _changed(path, interrupted=False), "must be of a race that was interrupted"),
    "without a plan": (lambda path: _changed(path, plan=None), "must be the whole JSON of a race"),
    "with another plan": (_of_another_plan, "must be of the same race and moment"),
    "points that are none": (lambda path: _changed(path, points=[1]), "must be the whole JSON of a race"),
    "points of words": (lambda path: _changed(path, points={"gru": [{"step": "a"}]}), "must be the whole JSON"),
    "other points": (_stepped, "must be of the same race and moment"),
    "of another race": (lambda path: _headed(path, race="0" * 32), "must be of the same race and moment"),
    "snapshots of a newer program": (lambda path: _headed(path, version=2), "version (2 of 'out.json.safetensors')"),
    "a contender less": (lambda path: _without(path, "gru"), "must be of the same race and moment"),
    "a snapshot of noise": (
        lambda path: _garbled(path, torch.arange(99, dtype=torch.uint8)),
        "snapshot (99 bytes) must be",
    ),
    "a snapshot of numbers": (lambda path: _garbled(path, torch.zeros(2, 2)), "snapshot (16 bytes) must be"),
    "the snapshot of another contender": (
        lambda path: _garbled(path, load(beside(path).read_bytes())["transformer"]),
        "must be of the same model",
    ),
}


@pytest.mark.parametrize(("damage", "sentence"), DAMAGE.values(), ids=DAMAGE.keys())
def test_a_file_that_is_no_such_race_is_refused_in_a_sentence(
    damage: Callable[[Path], object], sentence: str, said: Callable[..., Said], halted: Path
) -> None:
    damage(halted)
    code, out, error = said("race", "--resume", str(halted))
    assert (code, out) == (2, "")
    assert sentence in error
    assert error.count("\n") == 1


def test_snapshots_of_an_earlier_moment_of_the_race_are_refused(
    said: Callable[..., Said], stopped: Callable[..., Said], halted: Path
) -> None:
    before = beside(halted).read_bytes()
    assert stopped(5, "race", "--resume", str(halted))[0] == 130
    beside(halted).write_bytes(before)
    code, _, error = said("race", "--resume", str(halted))
    assert (code, "must be of the same race and moment" in error) == (2, True)


def test_who_goes_on_elsewhere_is_told_what_differs(said: Callable[..., Said], halted: Path) -> None:
    found = read(halted)
    write_json(halted, found | {"threads": 7, "versions": {"torch": "0.1"}})
    code, _, error = said("race", "--resume", str(halted))
    assert code == 0
    assert "threads is 1 and was 7: what follows may differ in its last digits" in error
    assert "and was {'torch': '0.1'}" in error
    assert "device is" not in error


def test_into_what_is_no_file_nothing_is_kept(stopped: Callable[..., Said]) -> None:
    assert stopped(9, "race", *RACE, "--json", "/dev/null")[0] == 130
    assert not beside(Path("/dev/null")).exists()
