"""Many runs of many contenders, put together: median, range, best, and how many seeds end as the page tells."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attnlab.cli.terminal.table import Cell, shown, table
from attnlab.training.shown.told import Told

EXAMPLES, SECONDS = VIEWS = ("examples", "seconds")
"""What is equal for all contenders of a race."""
GROUP = ("task", "budget", "view", "contender")
HIGHER_IS_BETTER = {"accuracy": True, "exact": True, "mse": False, "loss": False}

Runs = Sequence[Mapping[str, Any]]
"""The fields of `Result`, and: task (a name of the sweep), metric_name, budget, seed, view."""


def summarised(runs: Runs, told: Mapping[str, Sequence[Told]] | None = None) -> list[dict[str, Any]]:
    """A row for each contender, budget, view and tested length, in the order of the runs.

    Seeds that diverged count in `diverged` and with their last finite weights in everything else.

    Args:
        runs: of any tasks.
        told: by task, how contenders end; held against the runs by equal examples alone, since how far others come
            depends on the machine.
    """
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for run in runs:
        groups.setdefault(tuple(run[name] for name in GROUP), []).append(run)
    rows = []
    for key, group in groups.items():
        about = dict(zip(GROUP, key, strict=True)) | _training(group)
        expected = (told or {}).get(group[0]["task"], ()) if group[0]["view"] == EXAMPLES else ()
        for length in (None, *group[0]["longer"]):
            tested = None if length is None else int(length)
            values = [run["metric"] if length is None else run["longer"][length] for run in group]
            row = about | {"tested_length": tested} | spread(values, group[0]["metric_name"])
            rows.append(row | _as_told(values, _told_of(expected, group[0]["contender"], tested)))
    return rows


def spread(values: Iterable[float | None], metric: str) -> dict[str, float | None]:
    """Median, range and the best of the values there are."""
    known = [value for value in values if value is not None]
    if not known:
        return {"median": None, "low": None, "high": None, "best": None}
    best = max(known) if HIGHER_IS_BETTER[metric] else min(known)
    return {"median": statistics.median(known), "low": min(known), "high": max(known), "best": best}


def _told_of(told: Sequence[Told], contender: str, tested_length: int | None) -> Told | None:
    return next((one for one in told if (one.contender, one.tested_length) == (contender, tested_length)), None)


def _as_told(values: Sequence[float | None], told: Told | None) -> dict[str, Any]:
    """The bounds that were told, and of how many runs they hold."""
    if told is None:
        return {"at_least": None, "at_most": None, "as_told": None}
    return {"at_least": told.at_least, "at_most": told.at_most, "as_told": sum(map(told.holds, values))}


def equal_seconds(runs: Runs) -> dict[tuple[str, int], float]:
    """For each task and budget: the time that its fastest contender took for its steps, by the median of its seeds."""
    seconds: dict[tuple[str, int], dict[str, list[float]]] = {}
    for run in (run for run in runs if run["view"] == EXAMPLES):
        taken = seconds.setdefault((run["task"], run["budget"]), {})
        taken.setdefault(run["contender"], []).append(run["seconds"])
    return {key: min(statistics.median(each) for each in taken.values()) for key, taken in seconds.items()}


def comparison_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """For people: what `summarised` gave."""
    columns = [
        "task",
        "equal",
        "contender",
        "budget",
        "steps",
        "seconds",
        "metric",
        "median",
        "low",
        "high",
        "best",
        "seeds",
        "told",
        "as told",
    ]
    cells: list[list[Cell]] = []
    for row in rows:
        metric = row["metric"] if row["tested_length"] is None else f"{row['metric']}, T={row['tested_length']}"
        cells.append(
            [
                row["task"],
                row["view"],
                row["contender"],
                row["budget"],
                row["steps"],
                round(row["seconds"], 1),
                metric,
                *(row[name] for name in ("median", "low", "high", "best")),
                row["seeds"],
                _bounds(row),
                row["as_told"],
            ]
        )
    return table(columns, cells)


def _bounds(row: Mapping[str, Any]) -> str | None:
    """What was told, such as "≥ 0.99"; nothing where nothing was."""
    signs = {"≥": row["at_least"], "≤": row["at_most"]}
    return ", ".join(f"{sign} {shown(limit)}" for sign, limit in signs.items() if limit is not None) or None


def _training(group: Runs) -> dict[str, Any]:
    """What a contender's runs have in common, and how long they were."""
    return {
        "family": group[0]["family"],
        "metric": group[0]["metric_name"],
        "body_parameters": group[0]["body_parameters"],
        "lr": group[0]["lr"],
        "lr_tuned": group[0]["lr_tuned"],
        "steps": round(statistics.median(run["steps"] for run in group)),
        "seconds": statistics.median(run["seconds"] for run in group),
        "seeds": len(group),
        "diverged": sum(run["diverged"] for run in group),
    }
