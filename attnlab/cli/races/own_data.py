"""The learner's table on the command line: read as a page would read it, and said how."""

import codecs
import dataclasses
from collections.abc import Mapping
from typing import Any

from attnlab.engine import SpecError
from attnlab.prose import page_prose
from attnlab.tasks import ClassifyCsv, CsvClassification, Series
from attnlab.tasks.series.reading import SERIES
from attnlab.tasks.tables import ENCODINGS, PARALLEL, SEPARATORS, TEXTS, Given, Roles, guessed
from attnlab.training.plans.checks import ON_TABLES
from attnlab.training.plans.findings import findings
from attnlab.training.plans.plan import RacePlan
from attnlab.training.tuning.rates import UNTUNED

ROLES: Mapping[str, Roles] = {**dict.fromkeys(ON_TABLES, TEXTS), "translation": PARALLEL, "series": SERIES}
"""What the columns are for, of the tasks on tables."""
_SIGNS = {**{sign: sign for sign in SEPARATORS}, **{name: sign for sign, name in SEPARATORS.items()}, "\\t": "\t"}


def separator(name: str, text: str) -> str:
    """What parts cells, by its name or as it is; a tab also as a backslash and a t."""
    if text not in _SIGNS:
        allowed = tuple(SEPARATORS.values())
        message = f"{name} ({text!r:.60}) must be one of {', '.join(allowed)}"
        raise SpecError(name, "choice", message, got=text, choices=allowed)
    return _SIGNS[text]


def encoding(name: str, text: str) -> str:
    """An encoding by our name or by one that Python knows it under, such as cp1252."""
    known = {codecs.lookup(called).name: ours for ours, codec in ENCODINGS.items() for called in (codec, ours)}
    try:
        return known[codecs.lookup(text).name]
    except (LookupError, ValueError) as error:  # ValueError: a NUL in the name
        message = f"{name} ({text!r:.60}) must be one of {', '.join(ENCODINGS)}"
        raise SpecError(name, "choice", message, got=text, choices=tuple(ENCODINGS)) from error


def guessed_reading(task_name: str | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a plan says of its table, where nobody has said it.

    Args:
        task_name: the task; of one without a table nothing is guessed.
        given: settings of the plan, the data among them.

    Raises:
        SpecError: no table.
    """
    roles = ROLES.get(task_name or "")
    if roles is None:
        return {}
    known = {field.name: given.get(field.name) for field in dataclasses.fields(Given)}
    return dataclasses.asdict(guessed(given["data"], roles, Given(**known)))


def table_notes(plan: RacePlan) -> list[str]:
    """How a plan reads the learner's table, and what of it: a sentence each; none without such a table."""
    if plan.data is None or plan.task_name not in ROLES:
        return []
    parted, first = SEPARATORS[plan.separator], "names the columns" if plan.header else "is data"
    columns = f"text_column {plan.text_column!r}, label_column {plan.label_column!r}"
    notes = [f"data: {plan.encoding}, separator {parted}, the first row {first}; {columns}"]
    if isinstance(plan.task, CsvClassification | ClassifyCsv):
        notes += _notes_on_texts(plan, plan.task)
    return notes + _notes_on_series(plan.task) if isinstance(plan.task, Series) else notes


def finding_notes(plan: RacePlan) -> list[str]:
    """What a plan's own data are too few for: a sentence each."""
    if plan.data is None:
        return []
    said = page_prose("training")["findings"]
    return [
        f"data: {said[one.code].format(**one.values, labels=', '.join(map(repr, one.labels)))}"
        for one in findings(plan.task)
    ]


def untuned_notes(plan: RacePlan) -> list[str]:
    """Whose learning rate is a guess, if anybody's; or that none was tuned on data such as these."""
    said = page_prose("training")["untuned"]
    if plan.untuned:
        return [f"lr of {plan.task_name}: {said['note'].format(names=', '.join(plan.untuned), lr=f'{UNTUNED:g}')}"]
    return [] if plan.data is None or plan.lr else [f"lr of {plan.task_name}: {said['own']}"]


def _notes_on_series(task: Series) -> list[str]:
    line = task.series
    told = (
        "a step; windows are told relative to their last value, for the series drifts" if task.relative else "a value"
    )
    held_out, last = len(line.values) - task.num_train, line.labels[task.num_train - 1]
    notes = [
        f"data: {task.num_train:,} values to learn from, until {last}; {held_out:,} held out after it",
        f"data: the unit is {task.unit:.3g}, the standard deviation of {told}",
    ]
    if line.filled:
        notes.append(f"data: {len(line.filled):,} gaps take the last value before them, and are never asked for")
    if not line.was_sorted:
        notes.append("data: rows were not in the order of their dates, and were put into it")
    if not line.even:
        notes.append("data: dates are unevenly spaced, and each row is taken to follow the one before")
    return notes


def _notes_on_texts(plan: RacePlan, task: CsvClassification | ClassifyCsv) -> list[str]:
    table, most = task.table, task.max_tokens
    notes = [f"data: {len(table.texts):,} rows, {len(task.labels)} classes"]
    if table.left_out:
        notes.append(f"data: {table.left_out:,} rows without text or label are left out")
    if plan.merge_labels:
        notes += [f"data: the labels {', '.join(map(repr, group))} are read as one" for group in table.alike]
    if task.lonely:
        notes.append(f"data: labels with a single text are left out: {', '.join(map(repr, task.lonely))}")
    if task.num_cut:
        kept = {"first": f"the first {most}", "last": f"the last {most}", "both": f"{most} of both ends"}[task.cut]
        cut = f"{task.num_cut:,} of {len(table.texts):,} texts"
        notes.append(f"data: {cut} have more than {most} words, of which {kept} are read")
    return notes
