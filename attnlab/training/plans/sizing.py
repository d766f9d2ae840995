"""From a plan's words to its task and to models of equal size, within what a machine can hold."""

import functools
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from attnlab.engine import SpecError
from attnlab.models import (
    PICTURE_FAMILIES,
    AnyConfig,
    ClassifierConfig,
    FamilyName,
    ModelConfig,
    Seq2SeqConfig,
    count_parameters,
    levels_to_reach,
    matched_width,
)
from attnlab.models.classifier.config import MINILM_WIDTH
from attnlab.tasks import LONGER_TESTS, TASKS, Reading, Task, TaskInfo, read_parallel, read_table
from attnlab.tasks.classification.read_texts import CutName
from attnlab.tasks.series.reading import read_series
from attnlab.training.plans.checks import ON_TABLES
from attnlab.training.plans.contender import LAYERS, WIDTH, WINDOW, Contender
from attnlab.training.plans.terms import Terms
from attnlab.training.store.snapshots import MAX_SNAPSHOT_BYTES

MAX_STEP_NUMBERS = 2**28
"""Numbers that one training step may keep for its backward pass: 1 GiB of float32."""
NUMBERS_A_WIDTH = 12  # that a block keeps at one position, over d_model: norms, q, k, v, a hidden layer of 4 d_model
MAX_POSITIONS = 2048
WIDTHS: Mapping[FamilyName, int] = MappingProxyType({"bag_of_words": 32, "minilm": MINILM_WIDTH})
"""Of classifiers that are embedding and head alone, which no budget counts."""
MAX_PARAMETERS = MAX_SNAPSHOT_BYTES // 13
"""Of a whole model: a snapshot holds each with its two moments, 12 bytes, and little else."""

C = TypeVar("C", bound=AnyConfig)


@functools.lru_cache(maxsize=8)
def built_task(
    name: str, sizes: tuple[tuple[str, int], ...], data: bytes | None, reading: Reading, cut: CutName
) -> Task:
    """A task at its sizes, on the user's data if there are any; the same object for the same arguments.

    Args:
        name: one of `TASKS`.
        sizes: (name, number) each.
        data: a text in UTF-8 for "next_character", a file for "csv", "classify_csv", "translation" and "series", None
            for the example and for all other tasks.
        reading: how a file is read.
        cut: which words of a long text of the user's are read, where a task judges texts.

    Raises:
        SpecError: whatever the task refuses.
    """
    arguments: dict[str, object] = dict(sizes)
    try:
        if data is not None and name == "next_character":
            arguments["text"] = data.decode()
        elif data is not None and name == "translation":
            arguments["pairs"] = read_parallel(data, reading)
        elif data is not None and name == "series":
            arguments["line"] = read_series(data, reading)
        elif name in ON_TABLES:
            arguments |= {"cut": cut} if data is None else {"cut": cut, "table": read_table(data, reading)}
        return TASKS[name](**arguments)
    except UnicodeDecodeError as error:
        found = f"byte 0x{error.object[error.start]:02X} at position {error.start}"
        raise SpecError("data", "encoding", f"data ({found}) must be UTF-8", got=found) from error


def longest_input(info: TaskInfo) -> int:
    """T of the longest sequence a contender is asked, the longer tests included.

    Raises:
        SpecError: longer than any model takes.
    """
    if info.seq_len > MAX_POSITIONS:
        message = f"sizes ({info.seq_len} positions) must lead to sequences of at most {MAX_POSITIONS}"
        raise SpecError("sizes", "most", message, got=info.seq_len, most=MAX_POSITIONS)
    return max(info.seq_len, *LONGER_TESTS.get(info.name, (0,)))


def contender_config(plan: Terms, one: Contender) -> AnyConfig:
    """What one contender of a plan is: at the width that meets the plan's budget, or at a width of its own.

    Raises:
        SpecError: no width meets the budget, or settings that do not fit together or with the task.
    """
    info = plan.task.info
    if info.kind == "translation":
        return _matched(_seq2seq_contender(plan, one.family, info), plan.budget)
    if info.kind == "classification":
        judge = _classifier_contender(plan, one.family, info)
        return judge if one.family in WIDTHS else _matched(judge, plan.budget)
    config = _sequence_contender(plan, one, info)
    if one.family == "tcn":
        config = deep_enough(config, info.span, one.settings.get(LAYERS, plan.levels))
    if one.family == "window_attention" and WINDOW not in one.settings:
        config = wide_enough(config, info.span)
    return config if WIDTH in one.settings else _matched(config, plan.budget)


def _sequence_contender(plan: Terms, one: Contender, info: TaskInfo) -> ModelConfig:
    """At any width and reach, which will be overwritten, if it has none of its own."""
    own = one.fields
    if info.causal and own.get("causal") is False:
        message = f"mask ('none') must be left out in {info.name}: who looks ahead there reads the answer"
        raise SpecError("mask", "beside", message, got="none", other="task_name", of=info.name)
    if one.family in PICTURE_FAMILIES and plan.mode != "task":
        message = f"mode ({plan.mode!r}) must be 'task' beside {one.family}, which reads a picture at once"
        raise SpecError("mode", "beside", message, got=plan.mode, other="contenders", of=one.family)
    of_all = {
        "vocab_size": None if info.symbols is None else len(info.symbols),
        "num_features": info.num_features,
        "num_outputs": info.num_outputs,
        "d_model": 2 * own.get("num_heads", plan.num_heads),
        "num_layers": plan.num_layers,
        "num_heads": plan.num_heads,
        "ff_multiple": plan.ff_multiple,
        "positions": plan.positions,
        "causal": info.causal or plan.mode != "task",
        "trailing_blanks": plan.mode == "trailing_blanks",
        "dropout": plan.dropout,
        "max_len": longest_input(info),
        "kernel_size": plan.kernel_size,
        "grid_width": None if info.grid is None else info.grid[1],
        "seed": plan.seed,
    }
    return ModelConfig(family=one.family, **of_all | own)


def _seq2seq_contender(plan: Terms, family: FamilyName, info: TaskInfo) -> Seq2SeqConfig:
    """At any width: it will be overwritten."""
    source_len = info.source_len or 1
    return Seq2SeqConfig(
        family=family,
        source_vocab_size=len(info.source_symbols or ()),
        target_vocab_size=info.num_outputs,
        source_len=source_len,
        target_len=info.seq_len - source_len,
        d_model=2 * plan.num_heads,
        num_layers=plan.num_layers,
        num_heads=plan.num_heads,
        ff_multiple=4 if plan.ff_multiple is None else plan.ff_multiple,
        dropout=plan.dropout,
        seed=plan.seed,
    )


def _classifier_contender(plan: Terms, family: FamilyName, info: TaskInfo) -> ClassifierConfig:
    """At any width: it will be overwritten; but that of those stays that have no body to match a budget."""
    return ClassifierConfig(
        family=family,
        vocab_size=len(info.symbols or ()),
        num_classes=info.num_outputs,
        max_len=info.seq_len,
        d_model=WIDTHS.get(family, 4 * plan.num_heads),
        num_layers=plan.num_layers,
        num_heads=plan.num_heads,
        ff_multiple=4 if plan.ff_multiple is None else plan.ff_multiple,
        dropout=plan.dropout,
        seed=plan.seed,
    )


def deep_enough(base: ModelConfig, span: int, levels: int | None) -> ModelConfig:
    """A TCN at the depth that reaches `span` positions.

    Args:
        base: a TCN at any depth.
        span: as in `TaskInfo`, the answer's own position included.
        levels: if not as many as it takes to reach the span.
    """
    return levels_to_reach(base, _furthest(base, span)) if levels is None else replace(base, num_layers=levels)


def wide_enough(base: ModelConfig, span: int) -> ModelConfig:
    """Window attention whose layers together reach `span` positions, with the narrowest window that does.

    Args:
        base: window attention of any window.
        span: as in `TaskInfo`, the answer's own position included.
    """
    return replace(base, window=1 + -(-_furthest(base, span) // base.num_layers))


def _furthest(config: ModelConfig, span: int) -> int:
    """How far an answer must see: with trailing blanks it stands further from the inputs."""
    return span - 1 + (config.max_len if config.trailing_blanks else 0)


def _matched(config: C, budget: int) -> C:
    try:
        return matched_width(config, budget)
    except ValueError as error:
        raise SpecError("budget", "budget", str(error), got=budget) from error


def check_memory(config: AnyConfig, batch_size: int, seq_len: int) -> None:
    """Refuse a step or a snapshot that is too large to be worth a try.

    Raises:
        SpecError: naming the batch size or the budget, and the most that would do.
    """
    total = count_parameters(config)[1]
    if total > MAX_PARAMETERS:
        message = f"budget ({total:,} parameters with embedding and head) must lead to at most {MAX_PARAMETERS:,}"
        raise SpecError("budget", "most", message, got=total, most=MAX_PARAMETERS)
    blanks = isinstance(config, ModelConfig) and config.trailing_blanks
    positions = seq_len * (2 if blanks else 1)
    example = positions * (NUMBERS_A_WIDTH * config.d_model * config.num_layers + 3 * config.num_outputs)
    if batch_size * example > MAX_STEP_NUMBERS:
        most = MAX_STEP_NUMBERS // example
        allowed = f"at most {most}" if most else "used with smaller sizes or a smaller budget"
        message = f"batch_size ({batch_size}) must be {allowed}: one step would not fit in memory"
        raise SpecError("batch_size", "memory", message, got=batch_size, most=most)
