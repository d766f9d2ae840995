"""Points as they are measured, within their bounds; and the table that they become."""

import json
import resource
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from attnlab.costs import (
    BASE,
    MECHANISMS,
    WORKS,
    Asked,
    CostTable,
    Origin,
    Point,
    Sizes,
    Task,
    curves,
    operations,
    planned,
    read_table,
    sizes_along,
    write_table,
)
from attnlab.costs.measurement import running
from attnlab.costs.measurement.measuring import COUNTED_STEPS, clock_name, measured, peak_bytes, steps_of
from attnlab.costs.measurement.plan import left_to_others
from attnlab.costs.measurement.running import completed, data_bytes, is_expected_to_fit, memory_bound, steps
from attnlab.costs.memory import score_bytes
from attnlab.costs.sizes import WRITTEN, fitting
from attnlab.engine import SpecError
from attnlab.paths import ASSETS

CPU = torch.device("cpu")
TINY = Asked(
    base=Sizes(seq_len=16, d_model=8, num_heads=2, window=4),
    axes=("length", "heads"),
    works=("forward", "generation"),
    mechanisms=("fused", "traced", "gru"),
    longest=32,
    seconds=60,
)


def point(**changes: object) -> Point:
    return replace(Point("fused", "forward", BASE, 0.5, 3, 1000, 2000), **changes)  # type: ignore[arg-type]


# --- one point --------------------------------------------------------------------------------------------------------


def test_a_point_says_what_it_took() -> None:
    found = measured(Task("traced", "forward", TINY.base), CPU)
    assert found.seconds > 0
    assert found.runs >= 3
    assert found.flops == operations("traced", "forward", TINY.base)
    assert found.peak_bytes is not None


def test_traced_attention_holds_all_scores_and_the_fused_kernel_does_not() -> None:
    sizes = Sizes(seq_len=512, d_model=16, num_heads=4)
    held = {name: measured(Task(name, "forward", sizes), CPU).peak_bytes for name in ("traced", "fused")}  # type: ignore[arg-type]
    assert held["traced"] is not None
    assert held["fused"] is not None
    assert held["traced"] >= score_bytes(512, 4)
    assert held["fused"] < score_bytes(512, 4) / 4


def test_peak_bytes_are_those_that_are_held_at_once() -> None:
    def one_after_the_other() -> None:
        for _ in range(3):
            torch.empty(1000)

    def at_once() -> list[torch.Tensor]:
        return [torch.empty(1000) for _ in range(3)]

    assert peak_bytes(one_after_the_other, CPU) == 4000
    assert peak_bytes(at_once, CPU) == 12_000


def test_flops_that_torch_cannot_count_are_not_told() -> None:
    assert measured(Task("fused", "forward", TINY.base), CPU).flops is None
    assert measured(Task("lstm", "forward", TINY.base), CPU).flops is None
    assert measured(Task("fused", "generation_uncached", TINY.base), CPU).flops is None


def test_writing_without_a_cache_holds_one_text_at_a_time_and_what_is_written() -> None:
    sizes = Sizes(seq_len=64, d_model=16, num_heads=2)
    read = measured(Task("traced", "forward", sizes), CPU).peak_bytes
    written = measured(Task("traced", "generation_uncached", sizes), CPU).peak_bytes
    cached = measured(Task("traced", "generation", sizes), CPU).peak_bytes
    assert read is not None
    assert written is not None
    assert cached is not None
    outputs = 64 * 16 * 4
    assert read < written <= read + 2 * outputs
    assert cached < written / 2  # no scores of all pairs


def test_a_recurrence_that_reads_again_for_each_token_is_counted_while_it_is_short() -> None:
    again = [Task("gru", "generation_uncached", replace(TINY.base, seq_len=length)) for length in (16, 32, 64)]
    assert [steps_of(task) <= COUNTED_STEPS for task in again] == [True, False, False]
    assert steps_of(again[0]) == 136
    assert steps_of(replace(again[0], work="generation")) == 16
    assert steps_of(Task("lstm", "forward", TINY.base)) == steps_of(Task("fused", "forward", TINY.base)) == 1


def test_what_was_not_counted_of_a_point_is_counted_later_and_its_time_stays() -> None:
    whole = measured(Task("traced", "forward", TINY.base), CPU)
    bare = replace(whole, peak_bytes=None, flops=None, origin=3)
    assert list(completed([bare, whole], TINY)) == [replace(whole, origin=3), whole]
    assert list(completed([bare], TINY, stopped=lambda: True)) == [bare]


def test_one_thread_is_timed_by_its_own_clock() -> None:
    with running.threads(1):
        assert clock_name(CPU) == "processor"
    with running.threads(2):
        assert clock_name(CPU) == "wall"
    assert clock_name(torch.device("meta")) == "wall"


# --- what is planned --------------------------------------------------------------------------------------------------


def test_every_point_is_planned_once_and_the_cheap_ones_come_first() -> None:
    tasks = planned(Asked())
    assert len(set(tasks)) == len(tasks)
    for name in MECHANISMS:
        for work in WORKS:
            mine = [task.sizes for task in tasks if (task.mechanism, task.work) == (name, work)]
            along = [sizes.seq_len for sizes in mine if replace(sizes, seq_len=BASE.seq_len) == BASE]
            assert along == sorted(along)
            assert len(along) == 10
    assert tasks[0].sizes.seq_len == 8
    assert (tasks[-1].work, tasks[-1].sizes.seq_len) == ("generation_uncached", 4096)
    assert {task.sizes.num_heads for task in tasks} == {1, 2, 4, 8, 16}
    assert {task.mechanism for task in tasks if task.sizes.window != BASE.window} == {"window"}
    written = {task.sizes.seq_len for task in tasks if task.work == "generation" and task.sizes.d_model != BASE.d_model}
    assert written == {WRITTEN}


def test_sizes_that_do_not_go_together_are_left_out_of_a_curve_and_refused_alone() -> None:
    assert [sizes.kv_heads for sizes in fitting("kv_heads", replace(BASE, num_heads=4))] == [1, 2, 4]
    assert [sizes.num_heads for sizes in fitting("heads", replace(BASE, num_kv_heads=2))] == [2, 4, 8, 16]
    with pytest.raises(SpecError, match=r"num_heads \(7\) must divide d_model \(64\)"):
        sizes_along("heads", BASE, (7,))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seconds": 0}, r"seconds \(0\) must be between 1 and 3600"),
        ({"longest": 5000}, r"longest \(5000\) must be between 8 and 4096"),
        ({"most_mib": 1}, r"most_mib \(1\) must be between 16 and 65536"),
        ({"axes": ("depth",)}, r"axes \('depth'\) must be one of length, heads"),
        ({"mechanisms": ("rnn",)}, r"mechanisms \('rnn'\) must be one of traced"),
    ],
)
def test_a_measurement_that_cannot_be_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        replace(Asked(), **changes)  # type: ignore[arg-type]


# --- a whole measurement ----------------------------------------------------------------------------------------------


def test_a_tiny_measurement_has_every_point() -> None:
    done = list(steps(TINY))
    assert [step.task for step in done] == planned(TINY)
    points = [step.point for step in done if step.point is not None]
    assert len(points) == len(done)
    drawn = curves(points, "length", "forward", "seconds", TINY.base)
    assert [curve.mechanism for curve in drawn] == ["traced", "fused", "gru"]
    assert all(curve.values == (8, 16, 32) for curve in drawn)
    heads = curves(points, "heads", "forward", "peak_bytes", TINY.base)
    assert [curve.mechanism for curve in heads] == ["traced", "fused"]
    assert all(curve.values == (1, 2, 4, 8) for curve in heads)


def test_writing_is_followed_along_every_axis_with_its_bytes() -> None:
    asked = replace(TINY, axes=("d_model", "kv_heads"), works=("generation",), mechanisms=("fused",))
    points = [step.point for step in steps(asked) if step.point is not None]
    held = curves(points, "kv_heads", "generation", "peak_bytes", asked.base)
    assert [curve.values for curve in held] == [(1, 2)]
    assert held[0].costs[0] < held[0].costs[1]  # the cache of one head for all
    wide = curves(points, "d_model", "generation", "seconds", asked.base)
    assert [curve.values for curve in wide] == [(16, 32, 64, 128, 256, 512)]


def test_what_is_known_is_not_measured_again_and_no_curve_of_another_machine_gone_on_with() -> None:
    every = planned(TINY)
    mine = [Point(one.mechanism, one.work, one.sizes, 1.0, 3, None, None, origin=1) for one in every]
    assert planned(TINY, mine, 1) == []
    assert planned(TINY, mine[:-3], 1) == every[-3:]
    assert planned(TINY, mine[:-3], 0) == []
    assert left_to_others(TINY, mine[:-3], 0) == every[-3:]
    assert left_to_others(TINY, mine[:-3], 1) == []
    along = [known for known in mine if known.mechanism != "gru" and known.sizes.seq_len == TINY.base.seq_len]
    left = planned(TINY, along, 0)  # who has points but where curves meet is known along another axis alone
    assert {task.mechanism for task in left} == {"fused", "traced", "gru"}
    assert {task.sizes.seq_len for task in left} == {8, 16, 32}
    assert {task.sizes.num_heads for task in left} == {TINY.base.num_heads}


def test_a_picture_is_of_one_machine() -> None:
    lengths = [(8, 0), (16, 0), (16, 1), (32, 0)]
    points = [point(sizes=replace(BASE, seq_len=length), seconds=1.0 + by, origin=by) for length, by in lengths]
    (curve,) = curves(points, "length", "forward", "seconds", BASE)
    assert (curve.values, curve.costs, curve.origin) == ((8, 16, 32), (1.0, 1.0, 1.0), 0)


def test_it_ends_when_it_is_asked_to() -> None:
    answers = iter([False, False, True])
    assert len(list(steps(TINY, stopped=lambda: next(answers)))) == 2


def test_after_its_seconds_no_point_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 1.0, 59.0, *[61.0] * 100])
    monkeypatch.setattr(running, "time", SimpleNamespace(monotonic=lambda: next(now)))
    assert [step.point is not None for step in steps(TINY)][:4] == [True, True, False, False]


def test_a_point_that_would_take_too_long_or_too_much_is_left_out() -> None:
    task = Task("fused", "forward", replace(BASE, seq_len=2048))
    asked = Asked(seconds=100, most_mib=16)
    assert is_expected_to_fit(task, None, asked)
    assert is_expected_to_fit(task, point(seconds=0.49), asked)
    assert not is_expected_to_fit(task, point(seconds=0.51), asked)  # 2.04 s of 2
    assert not is_expected_to_fit(task, point(seconds=0.1, peak_bytes=5 * 2**20), asked)  # 20 of 16 MiB
    again = Task("fused", "generation_uncached", task.sizes)
    assert not is_expected_to_fit(again, point(seconds=0.26), asked)  # 8 times as much


def test_memory_is_bound_by_the_system_and_the_point_left_out() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with memory_bound(64), pytest.raises(RuntimeError, match="alloc"):
        # Far beyond the bound: what threads of other tests held of the process may be given back meanwhile.
        torch.zeros((running.HEADROOM_MIB + 2000) * 2**20, dtype=torch.uint8)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    wide = replace(TINY, axes=("length",), works=("forward",), mechanisms=("traced",), longest=4096, most_mib=16)
    lengths = [
        step.task.sizes.seq_len for step in steps(replace(wide, base=replace(TINY.base, num_heads=8))) if step.point
    ]
    assert max(lengths) == 512


@pytest.mark.parametrize("said", [*running.NO_ROOM, "size mismatch"])
def test_what_has_no_room_is_left_out_and_a_fault_is_not(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_task: Task, _device: torch.device) -> Point:
        raise RuntimeError(f"it {said} here")

    monkeypatch.setattr(running, "measured", fails)
    if said in running.NO_ROOM:
        assert {step.point for step in steps(TINY)} == {None}
    else:
        with pytest.raises(RuntimeError, match=said):
            next(steps(TINY))


def test_what_a_process_has_is_read_from_its_status() -> None:
    assert data_bytes("Name:\tpython\nVmData:\t   12 kB\n") == 12 * 1024
    with pytest.raises(KeyError):
        data_bytes("Name:\tpython\n")


# --- the table --------------------------------------------------------------------------------------------------------

MACHINE = {"processor": "p", "python": "3", "torch": "2", "device": "cpu", "threads": "1", "clock": "processor"}
ORIGINS = (Origin(MACHINE, "2026-01-02"), Origin(MACHINE | {"processor": "q"}, "2026-01-03", busy=True))
TABLE = CostTable((point(), point(peak_bytes=None, flops=None, origin=1)), BASE, ORIGINS, 3, 2, complete=False)


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "costs.json"
    write_table(TABLE, path)
    assert read_table(path) == TABLE
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "change",
    [
        {"command": "sweep"},
        {"format": 1},
        {"origins": []},
        {"origins": [{"date": "2026-01-02", "machine": {}, "busy": False}]},
        {"origins": [{"date": "2026-01-02", "machine": MACHINE, "busy": False}]},
        {"base": {"seq_len": 0}},
        {"points": [{}]},
        {"points": [{"mechanism": "x", "work": "forward"}]},
    ],
)
def test_a_file_that_is_no_table_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "costs.json"
    write_table(TABLE, path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(SpecError, match="must be a file that"):
        read_table(path)


def test_no_file_and_half_a_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "costs.json"
    with pytest.raises(SpecError, match="must be a file that"):
        read_table(path)
    path.write_text('{"format": 1, "points": [')
    with pytest.raises(SpecError, match="must be a file that"):
        read_table(path)


def test_the_shipped_table_names_what_made_it_and_has_every_mechanism() -> None:
    table = read_table(ASSETS / "costs.json")
    assert table.base == BASE
    assert all(value for origin in table.origins for value in origin.machine.values())
    drawn = curves(table.points, "length", "forward", "seconds", table.base)
    assert [curve.mechanism for curve in drawn] == list(MECHANISMS)
    assert all(curve.values[0] == 8 and curve.values[-1] >= 1024 for curve in drawn)
