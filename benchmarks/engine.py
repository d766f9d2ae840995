"""How long one attention layer takes, beside torch's own: with its trace, and without."""

import contextlib
import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.engine import Projections, available_devices, describe_device, multi_head_attention, multi_head_output
from benchmarks import report

D_MODEL, HEADS = 64, 8
ROUNDS = {12: 3000, 64: 2000, 128: 1000, 512: 300, 1024: 60, 2048: 25}  # of all contenders, by sequence length

Contender = Callable[[], object]

# Columns of the table: a contender's milliseconds, or the ratio of two contenders.
COLUMNS: dict[str, str | tuple[str, str]] = {
    "trace, ms": "trace",
    "with scores, ms": "trace and scores",
    "torch, ms": "torch",
    "trace / torch": ("trace", "torch"),
    "torch / itself": ("torch again", "torch"),
    "training: trace, ms": "trace, training",
    "torch, training, ms": "torch, training",
    "training: trace / torch": ("trace, training", "torch, training"),
    "output alone, ms": "output",
    "SDPA, ms": "sdpa",
    "output / SDPA": ("output", "sdpa"),
    "output / tightest SDPA": ("output", "sdpa, tight"),
}
BARS = (
    ("trace / torch", "trace / MultiheadAttention's fast path", 1.0),
    ("training: trace / torch", "trace / MultiheadAttention in training", 1.0),
    ("output / SDPA", "output alone / SDPA", 1.05),
)
ABOUT = (
    f"One layer, d_model {D_MODEL}, {HEADS} heads, batch 1, float32, on one thread as in the app. Forward passes; "
    "medians of rounds in which every contender runs once, in random order; on the CPU the working thread's processor "
    "time. `trace` is `multi_head_attention`: the weights and the output of each head are computed, the scores before "
    "the softmax only when somebody looks (`with scores`). `torch` is `nn.MultiheadAttention` asked for the weights "
    "of each head: in eval and inference mode, where it takes its fast path, and in training mode with gradients "
    "recorded. `torch / itself` is the same call measured twice: what differs there is noise. `output alone` is "
    "`multi_head_output`; `SDPA` is `F.scaled_dot_product_attention` between the same linear maps, with a view and a "
    "transpose for each of query, key and value; `tightest SDPA` has one view, permute and unbind for the three."
)


def run() -> dict[str, Any]:
    """Measure every sequence length on the fastest device, and on the CPU."""
    devices = tuple(dict.fromkeys((available_devices()[0], "cpu")))
    with one_thread():
        results = {name: [measured(length, torch.device(name)) for length in ROUNDS] for name in devices}
    rows = [row for name in devices for row in results[name]]
    return {
        "title": "Engine",
        "about": ABOUT,
        "columns": ["n", "device", *COLUMNS],
        "rows": [[row["n"], row["device"], *row["cells"].values()] for row in rows],
        "bars": [bar for name in devices for bar in bars(name, results[name])],
        "measurements": rows,
    }


def bars(device: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The worst ratio of each comparison."""
    return [
        report.bar(f"{what}, worst of all lengths, {device}", max(row["cells"][column] for row in rows), limit, "times")
        for column, what, limit in BARS
    ]


def measured(length: int, device: torch.device) -> dict[str, Any]:
    """Medians in milliseconds, the table's row and, on a GPU, peak memory, for one sequence length."""
    contenders = layer_contenders(length, device)
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    order = list(contenders)
    shuffled = random.Random(length)
    for turn in range(ROUNDS[length] + 5):
        shuffled.shuffle(order)
        for name in order:
            spent = timed(contenders[name], device)
            if turn >= 5:
                seconds[name].append(spent)
    ms = {name: 1e3 * statistics.median(values) for name, values in seconds.items()}
    return {
        "n": length,
        "device": describe_device(device),
        "cells": {name: ms[of] if isinstance(of, str) else ms[of[0]] / ms[of[1]] for name, of in COLUMNS.items()},
        "milliseconds": ms,
        "peak_mib": {name: peak_mib(contender, device) for name, contender in contenders.items()},
    }


def layer_contenders(length: int, device: torch.device) -> dict[str, Contender]:
    """The same layer, computed by each; checked to give the same output."""
    torch.manual_seed(0)
    module = nn.MultiheadAttention(D_MODEL, HEADS, batch_first=True, device=device)
    trained = Projections.from_torch(module)
    frozen_module = nn.MultiheadAttention(D_MODEL, HEADS, batch_first=True, device=device).eval()
    frozen_module.load_state_dict(module.state_dict())
    frozen = Projections.from_torch(frozen_module.requires_grad_(False))
    x = torch.randn(1, length, D_MODEL, device=device)

    def with_scores() -> Tensor:
        traced = multi_head_attention(x, frozen)
        _ = traced.heads.scores
        return traced.output

    contenders: dict[str, Contender] = {
        "trace": inference(lambda: multi_head_attention(x, frozen).output),
        "trace and scores": inference(with_scores),
        "torch": inference(lambda: frozen_module(x, x, x, need_weights=True, average_attn_weights=False)[0]),
        "torch again": inference(lambda: frozen_module(x, x, x, need_weights=True, average_attn_weights=False)[0]),
        "trace, training": lambda: multi_head_attention(x, trained).output,
        "torch, training": lambda: module(x, x, x, need_weights=True, average_attn_weights=False)[0],
        "output": inference(lambda: multi_head_output(x, frozen)),
        "sdpa": inference(lambda: sdpa_layer(x, frozen_module)),
        "sdpa, tight": inference(lambda: tight_sdpa_layer(x, frozen_module)),
    }
    wanted = contenders["torch"]()
    for contender in contenders.values():
        torch.testing.assert_close(contender(), wanted, rtol=1e-4, atol=1e-5)
    return contenders


def sdpa_layer(x: Tensor, module: nn.MultiheadAttention) -> Tensor:
    """What one writes by hand around torch's fused kernel."""
    batch, length, d_model = x.shape
    query, key, value = F.linear(x, module.in_proj_weight, module.in_proj_bias).split_with_sizes([d_model] * 3, dim=-1)
    query = query.view(batch, length, HEADS, -1).transpose(1, 2)
    key = key.view(batch, length, HEADS, -1).transpose(1, 2)
    value = value.view(batch, length, HEADS, -1).transpose(1, 2)
    output = F.scaled_dot_product_attention(query, key, value)
    concat = output.transpose(1, 2).reshape(batch, length, d_model)
    return F.linear(concat, module.out_proj.weight, module.out_proj.bias)


def tight_sdpa_layer(x: Tensor, module: nn.MultiheadAttention) -> Tensor:
    """The same with as few calls as can be."""
    batch, length, d_model = x.shape
    stream = F.linear(x, module.in_proj_weight, module.in_proj_bias).view(batch, length, 3, HEADS, -1)
    query, key, value = stream.permute(2, 0, 3, 1, 4).unbind(0)
    concat = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(batch, length, d_model)
    return F.linear(concat, module.out_proj.weight, module.out_proj.bias)


def inference(contender: Callable[[], Tensor]) -> Contender:
    """The contender in inference mode, entered outside the measured part's own code and alike for all."""

    def inside() -> Tensor:
        with torch.inference_mode():
            return contender()

    return inside


def timed(contender: Contender, device: torch.device) -> float:
    """Seconds of one call, the release of its result included.

    On the CPU the processor time of the one thread that works, which is the time on the clock when nothing else runs:
    what other programs of a shared machine take does not count.
    """
    if device.type == "cpu":
        began = time.thread_time()
        contender()
        return time.thread_time() - began
    torch.accelerator.synchronize(device)
    began = time.perf_counter()
    contender()
    torch.accelerator.synchronize(device)
    return time.perf_counter() - began


def peak_mib(contender: Contender, device: torch.device) -> float | None:
    """GPU memory that one call takes at most, beside what was there before."""
    if device.type != "cuda":
        return None
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    contender()
    torch.cuda.synchronize(device)
    return (torch.cuda.max_memory_allocated(device) - before) / 2**20


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """One thread for torch, as the app has it, and no garbage collection in the middle of a measurement."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    gc.disable()
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        gc.enable()


if __name__ == "__main__":
    outcome = run()
    print(report.markdown(outcome))
    report.save("engine", outcome)
