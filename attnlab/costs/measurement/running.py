"""A whole measurement, point by point, within its bounds of time and memory."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch

from attnlab.costs.measurement.measuring import counted, measured
from attnlab.costs.measurement.plan import Asked, Task, planned
from attnlab.costs.mechanisms import MechanismName
from attnlab.costs.points import Point
from attnlab.costs.sizes import Sizes, WorkName
from attnlab.engine import resolve_device

MEBIBYTE = 2**20
POINT_SHARE = 0.02
"""Of the seconds of a measurement, that one run of one point may be expected to take."""
HEADROOM_MIB = 256
"""What torch, its profiler and Python may take beside the tensors of a point."""
NO_ROOM = ("alloc", "could not create a primitive")
"""What torch says where there is none left; the second is oneDNN's, which keeps what it has made for each length."""
STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Step:
    """A task that is done with: with its point, or without one because it would not stay within the bounds."""

    task: Task
    point: Point | None


def steps(
    asked: Asked, known: Sequence[Point] = (), here: int = 0, *, stopped: Callable[[], bool] = lambda: False
) -> Iterator[Step]:
    """Measure what is asked, the cheap points first.

    Args:
        asked: what, and the bounds.
        known: points that there are (`planned`).
        here: the origin of those of this machine, and of those that are measured.
        stopped: asked before each point; True ends it there.

    Raises:
        SpecError: the device is not there.
    """
    device, ends = resolve_device(asked.device), time.monotonic() + asked.seconds
    mine = sorted((point for point in known if point.origin == here), key=lambda point: point.sizes.seq_len)
    before = {_curve_of(point): point for point in mine}
    with threads(asked.threads), memory_bound(asked.most_mib):
        for task in planned(asked, known, here):
            if stopped():
                return
            last = before.get(_curve_of(task))
            if time.monotonic() >= ends or not is_expected_to_fit(task, last, asked):
                yield Step(task, None)
                continue
            point = _within_room(partial(measured, task, device))
            if point is not None:
                point = before[_curve_of(task)] = replace(point, origin=here)
            yield Step(task, point)


def completed(points: Sequence[Point], asked: Asked, *, stopped: Callable[[], bool] = lambda: False) -> Iterator[Point]:
    """The points, with the bytes and FLOPs that they lack as far as these are counted and there is room for it.

    Args:
        points: of a machine with the same torch on the same kind of device as this one.
        asked: the bounds.
        stopped: asked before each point; True leaves the rest as it is.

    Raises:
        SpecError: the device is not there.
    """
    device, ends = resolve_device(asked.device), time.monotonic() + asked.seconds
    with threads(asked.threads):
        for point in points:
            if stopped() or time.monotonic() >= ends:
                yield point
                continue
            with memory_bound(asked.most_mib):  # of each anew: torch's profiler gives little back
                found = _within_room(partial(counted, point, device))
            yield point if found is None else found


def _curve_of(one: Task | Point) -> tuple[MechanismName, WorkName, Sizes]:
    """What it has in common with longer and shorter texts."""
    return one.mechanism, one.work, replace(one.sizes, seq_len=1)


def is_expected_to_fit(task: Task, last: Point | None, asked: Asked) -> bool:
    """Whether a point will stay within its share of the time and within the memory, told by the one before.

    Args:
        task: the point.
        last: the last one of the same mechanism and work, if any.
        asked: the bounds.
    """
    if last is None or task.sizes.seq_len <= last.sizes.seq_len:
        return True
    longer = task.sizes.seq_len / last.sizes.seq_len
    power = 3 if task.work == "generation_uncached" else 2
    if last.seconds * longer**power > POINT_SHARE * asked.seconds:
        return False
    return last.peak_bytes is None or last.peak_bytes * longer**2 <= asked.most_mib * MEBIBYTE


def _within_room(work: Callable[[], Point]) -> Point | None:
    """The point that the work gives; None where there is not enough memory for it."""
    try:
        return work()
    except RuntimeError as error:
        if isinstance(error, torch.OutOfMemoryError) or any(said in str(error) for said in NO_ROOM):
            return None
        raise
    except MemoryError:
        return None


@contextmanager
def threads(number: int) -> Iterator[None]:
    """While it lasts torch computes with so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def memory_bound(most_mib: int) -> Iterator[None]:
    """This process may allocate so many MiB more than it has, and `HEADROOM_MIB`.

    Where the system cannot see to that, nothing is bound but by what is expected.
    """
    try:
        import resource
    except ImportError:  # Windows
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with suppress(OSError, ValueError, KeyError):
        most = data_bytes(STATUS.read_text(encoding="utf-8")) + (most_mib + HEADROOM_MIB) * MEBIBYTE
        hard = before[1]
        resource.setrlimit(resource.RLIMIT_DATA, (most if hard < 0 else min(most, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def data_bytes(status: str) -> int:
    """What a process has of its own, of the text of its /proc/self/status.

    Raises:
        KeyError: it is not told there.
    """
    told: Mapping[str, str] = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return int(told["VmData"].split()[0]) * 1024
