"""Export: CSV that a spreadsheet does not run, JSON that any parser reads, numbers that read back exactly."""

import csv
import io
import json
import math
from typing import Any

import pytest
import torch
from safetensors.torch import save

from attnlab.training.store import Point, RunConfig, RunStore, Snapshot, StoreBusy
from attnlab.training.store.upkeep import export as export_file

CONTENDERS = ("=1+1", "@rnn", "-minus", "+plus", 'plain, "quoted"')
ODD = [0.1 + 0.2, 1 / 3, 5e-324, -0.0, -1.5, math.inf, -math.inf, math.nan, None]


@pytest.fixture
def run(store: RunStore) -> str:
    """A run held by "worker"."""
    store.runs.create(
        RunConfig("copy", CONTENDERS, {"lr": 0.1}), owner="anna-secret", name="=cmd|' /C calc'!A0", lease_s=600
    )
    claimed = store.queue.claim("worker-secret")
    assert claimed is not None
    return claimed.id


def add(store: RunStore, run: str, values: list[float | None]) -> None:
    points = [
        Point(CONTENDERS[step % 5], step, loss=value, extras={} if value is None else {"=x": value})
        for step, value in enumerate(values)
    ]
    store.points.append(run, "worker-secret", points)


def strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_csv_holds_no_formula_and_every_number(store: RunStore, run: str) -> None:
    add(store, run, ODD)
    rows = list(csv.DictReader(io.StringIO("".join(store.export.csv(run)))))
    assert [row["contender"] for row in rows[:5]] == ["'=1+1", "'@rnn", "'-minus", "'+plus", 'plain, "quoted"']
    for row, value in zip(rows, ODD, strict=True):
        assert (row["loss"] == "") if value is None else repr(float(row["loss"])) == repr(value)
        assert row["metric"] == ""
        assert not row["extras"].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert json.loads(rows[6]["extras"]) == {"=x": "-Infinity"}
    assert [int(row["seq"]) for row in rows] == list(range(1, len(ODD) + 1))


def test_json_is_strict_and_tells_no_owner(store: RunStore, run: str) -> None:
    add(store, run, ODD)
    text = "".join(store.export.json(run))
    told = strict(text)
    assert told["format"] == "attention-lab run"
    assert told["run"]["name"] == "=cmd|' /C calc'!A0"
    assert told["run"]["config"]["settings"] == {"lr": 0.1}
    losses = [point["loss"] for point in told["points"]]
    assert [loss if isinstance(loss, str) or loss is None else repr(loss) for loss in losses] == [
        repr(0.1 + 0.2), repr(1 / 3), "5e-324", "-0.0", "-1.5", "Infinity", "-Infinity", "NaN", None,
    ]  # fmt: skip
    assert "secret" not in text


def test_json_has_the_final_scores_of_those_that_have_one(store: RunStore, run: str) -> None:
    weights, score = save({"weight": torch.zeros(1)}), {"metric": 0.5, "examples": 7}
    for contender, meta in ((CONTENDERS[0], {"test": score}), (CONTENDERS[1], {})):
        store.snapshots.save(run, "worker-secret", [Snapshot(contender, 3, weights, meta)])
    assert strict("".join(store.export.json(run)))["final"] == {CONTENDERS[0]: {"step": 3, "test": score}}


def test_a_run_without_points_is_a_file_too(store: RunStore, run: str) -> None:
    assert strict("".join(store.export.json(run)))["points"] == []
    assert "".join(store.export.csv(run)).splitlines() == [",".join(export_file.COLUMNS)]


def test_a_long_run_comes_in_pieces(store: RunStore, run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_file, "PAGE", 7)
    add(store, run, [float(n) for n in range(30)])
    pieces = list(store.export.csv(run))
    assert len(pieces) > 4
    assert len("".join(pieces).splitlines()) == 31
    assert [point["seq"] for point in strict("".join(store.export.json(run)))["points"]] == list(range(1, 31))


def test_a_file_ends_where_the_run_stood_when_it_began(
    store: RunStore, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_file, "PAGE", 7)
    add(store, run, [0.0] * 10)
    pieces = store.export.json(run)
    begun = next(pieces)
    add(store, run, [1.0] * 50)
    assert len(strict(begun + "".join(pieces))["points"]) == 10


def test_a_file_never_mixes_two_pasts(store: RunStore, run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_file, "PAGE", 7)
    add(store, run, [0.0] * 20)
    pieces = store.export.csv(run)
    next(pieces)
    store.points.rewind(run, "worker-secret", dict.fromkeys(CONTENDERS, 3))
    add(store, run, [1.0] * 20)
    with pytest.raises(StoreBusy):
        list(pieces)
