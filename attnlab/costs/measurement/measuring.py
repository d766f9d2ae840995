"""One point: its median time, its peak of allocated bytes and its counted operations.

On a CPU with one thread the clock is the thread's own processor time, which other processes do not lengthen; with
several threads, and on other devices, it is the wall's.
"""

import os
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from attnlab.costs.measurement.layers import Layer
from attnlab.costs.measurement.plan import Task
from attnlab.costs.mechanisms import MECHANISMS
from attnlab.costs.points import Point
from attnlab.costs.sizes import Sizes, WorkName
from attnlab.engine.devices import finish
from attnlab.engine.seeds import generator

MOST_RUNS, LEAST_RUNS = 7, 3
ENOUGH_S = 0.15
"""Runs of one point after which the median is taken, if there were `LEAST_RUNS`."""
COUNTED_STEPS = 256
"""Steps that wait for each other up to which bytes and FLOPs are counted: counting looks at each operation."""

Call = Callable[[], object]

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # torch's profiler says on stderr that it starts and stops


def clock(device: torch.device) -> Callable[[], float]:
    """Seconds of the clock that runs here."""
    return time.thread_time if clock_name(device) == "processor" else time.perf_counter


def clock_name(device: torch.device) -> str:
    """Its name in a table: "processor" or "wall"."""
    return "processor" if device.type == "cpu" and torch.get_num_threads() == 1 else "wall"


def measured(task: Task, device: torch.device) -> Point:
    """The point of a task.

    Raises:
        RuntimeError: there is not enough memory.
    """
    call = work_of(task, device)
    seconds = timed(call, device)
    counted = is_counted(task)
    return Point(
        mechanism=task.mechanism,
        work=task.work,
        sizes=task.sizes,
        seconds=statistics.median(seconds),
        runs=len(seconds),
        peak_bytes=peak_bytes(call, device) if counted else None,
        flops=counted_flops(call) if counted and not is_hidden(task, device) else None,
    )


def is_counted(task: Task) -> bool:
    """Whether its bytes and FLOPs are counted; of a text that is read again for each token they are its last step's."""
    if task.work == "generation_uncached":
        return False
    waits = task.work.startswith("generation") or MECHANISMS[task.mechanism].recurrent
    fused_cell = task.mechanism == "lstm" and not task.work.startswith("generation")  # one operation to torch
    return fused_cell or not waits or task.sizes.seq_len <= COUNTED_STEPS


def is_hidden(task: Task, device: torch.device) -> bool:
    """Whether torch cannot count its FLOPs here; what it counted would be a part of them."""
    return device.type == "cpu" and MECHANISMS[task.mechanism].hidden


def work_of(task: Task, device: torch.device) -> Call:
    """A call that does the work once, on random numbers."""
    torch.manual_seed(0)
    layer = MECHANISMS[task.mechanism].build(task.sizes).to(device)
    x = stream(task.sizes).to(device)
    works: dict[WorkName, Call] = {
        "forward": lambda: _forward(layer, x),
        "training": lambda: _training(layer, x),
        "generation": lambda: written(layer, x),
        "generation_uncached": lambda: written_again(layer, x),
    }
    return works[task.work]


def stream(sizes: Sizes) -> Tensor:
    """(1, T, d_model) standard normal."""
    return torch.randn(1, sizes.seq_len, sizes.d_model, generator=generator(0, "costs"))


def _forward(layer: Layer, x: Tensor) -> Tensor:
    with torch.no_grad():
        return layer(x)  # type: ignore[no-any-return]


def _training(layer: Layer, x: Tensor) -> None:
    x = x.detach().requires_grad_()  # as within a stack, whose layers below are waiting for it
    layer(x).square().mean().backward()
    layer.zero_grad()  # now, so that the next run begins with nothing to give back


def written(layer: Layer, x: Tensor) -> Tensor:
    """(1, T, d_model): the outputs at all positions, one after the other, by what is kept."""
    with torch.no_grad():
        kept, outputs = None, []
        for position in range(x.shape[1]):
            output, kept = layer.step(x[:, position : position + 1], kept)
            outputs.append(output)
        return torch.cat(outputs, dim=1)


def written_again(layer: Layer, x: Tensor) -> Tensor:
    """As `written`, each by running all tokens so far."""
    with torch.no_grad():
        return torch.cat([layer(x[:, :length])[:, -1:] for length in range(1, x.shape[1] + 1)], dim=1)


def timed(call: Call, device: torch.device) -> list[float]:
    """Seconds of each run, after one that is not counted."""
    now = clock(device)
    seconds: list[float] = []
    began = _run(call, device, now)
    if began > ENOUGH_S:  # so long a run needs no warm-up
        seconds.append(began)
    while len(seconds) < MOST_RUNS and (len(seconds) < LEAST_RUNS or sum(seconds) < ENOUGH_S):
        seconds.append(_run(call, device, now))
    return seconds


def _run(call: Call, device: torch.device, now: Callable[[], float]) -> float:
    finish(device)
    began = now()
    call()
    finish(device)
    return now() - began


def peak_bytes(call: Call, device: torch.device) -> int | None:
    """The most bytes that one run holds at once, beyond what is there before it; None where torch does not tell."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        call()
        return int(torch.cuda.max_memory_allocated(device) - before)
    if device.type != "cpu":
        return None
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watched:
        call()
    found = [event for event in watched.profiler.kineto_results.events() if event.name() == "[memory]"]
    held = most = 0
    for event in sorted(found, key=lambda event: event.start_ns()):
        held += event.nbytes()
        most = max(most, held)
    return most


def counted_flops(call: Call) -> int:
    """FLOPs of one run as torch counts them."""
    with FlopCounterMode(display=False) as counter:
        call()
    return int(counter.get_total_flops())
