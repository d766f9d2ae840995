"""One point: its median time, its peak of allocated bytes and its counted operations.

On a CPU with one thread the clock is the thread's own processor time, which other processes do not lengthen; with
several threads, and on other devices, it is the wall's.
"""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

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
from attnlab.engine.efficient.window_attention import seen_keys
from attnlab.engine.seeds import generator
from attnlab.models.parts.terms import attention_terms

MOST_RUNS, LEAST_RUNS = 7, 3
ENOUGH_S = 0.15
"""Runs of one point after which the median is taken, if there were `LEAST_RUNS`."""
COUNTED_STEPS = 256
"""Steps that wait for each other up to which bytes and FLOPs are counted: counting looks at each operation."""

KEPT = (attention_terms, seen_keys)
"""What layers keep of the last few lengths, such as masks: one that gives way to another would count as given back."""

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
    timed_point = Point(task.mechanism, task.work, task.sizes, statistics.median(seconds), len(seconds), None, None)
    return counted(timed_point, device)


def counted(point: Point, device: torch.device) -> Point:
    """The point with the bytes and FLOPs that it lacks, as far as they are counted.

    They hang on torch and the kind of device; neither on the processor nor on what else it does, as the seconds do.

    Raises:
        RuntimeError: there is not enough memory.
    """
    task = Task(point.mechanism, point.work, point.sizes)
    lacks_bytes = point.peak_bytes is None and steps_of(task) <= COUNTED_STEPS
    lacks_flops = point.flops is None and are_flops_counted(task, device)
    if not (lacks_bytes or lacks_flops):
        return point
    call = work_of(task, device)
    return replace(
        point,
        peak_bytes=peak_bytes(call, device) if lacks_bytes else point.peak_bytes,
        flops=counted_flops(call) if lacks_flops else point.flops,
    )


def steps_of(task: Task) -> int:
    """Steps that wait for each other, each a few operations; an LSTM that reads a text is one operation to torch."""
    tokens = task.sizes.seq_len
    inside = tokens if MECHANISMS[task.mechanism].recurrent and task.mechanism != "lstm" else 1
    if task.work == "generation_uncached":
        return tokens * (inside + 1) // 2 if inside > 1 else tokens
    return tokens if task.work == "generation" else inside


def are_flops_counted(task: Task, device: torch.device) -> bool:
    """Whether its FLOPs are; those of reading a text again for each token would take as long as half a minute."""
    return task.work != "generation_uncached" and steps_of(task) <= COUNTED_STEPS and not is_hidden(task, device)


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
            outputs.append(_alone(output))
        return torch.cat(outputs, dim=1)


def written_again(layer: Layer, x: Tensor) -> Tensor:
    """As `written`, each by running all tokens so far."""
    with torch.no_grad():
        return torch.cat([_alone(layer(x[:, :length])[:, -1:]) for length in range(1, x.shape[1] + 1)], dim=1)


def _alone(output: Tensor) -> Tensor:
    """An output that does not keep alive those of other positions, which were computed with it."""
    return output if output.untyped_storage().nbytes() == output.nbytes else output.clone()


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
    for kept in KEPT:
        kept.cache_clear()
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
