"""Many runs of many contenders, put together: median, range and best over seeds. Plain numbers, no torch."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attnlab.cli.table import Cell, table

GROUP = ("task", "budget", "view", "family")
HIGHER_IS_BETTER = {"accuracy": True, "exact": True, "mse": False, "loss": False}

Runs = Sequence[Mapping[str, Any]]
"""The fields of `Result`, and: task (a name of the sweep), metric_name, budget, seed, view."""


def summarised(runs: Runs) -> list[dict[str, Any]]:
    """A row for each contender, budget, view and tested length, in the order of the runs.

    Seeds that diverged count in `diverged` and with their last finite weights in everything else.
    """
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for run in runs:
        groups.setdefault(tuple(run[name] for name in GROUP), []).append(run)
    rows = []
    for key, group in groups.items():
        about = dict(zip(GROUP, key, strict=True)) | _training(group)
        rows.append(about | {"tested_length": None} | spread([run["metric"] for run in group], group[0]["metric_name"]))
        for length in group[0]["longer"]:
            values = [run["longer"][length] for run in group]
            rows.append(about | {"tested_length": int(length)} | spread(values, group[0]["metric_name"]))
    return rows


def spread(values: Iterable[float | None], metric: str) -> dict[str, float | None]:
    """Median, range and the best of the values there are."""
    known = [value for value in values if value is not None]
    if not known:
        return {"median": None, "low": None, "high": None, "best": None}
    best = max(known) if HIGHER_IS_BETTER[metric] else min(known)
    return {"median": statistics.median(known), "low": min(known), "high": max(known), "best": best}


def equal_seconds(runs: Runs) -> dict[tuple[str, int], float]:
    """For each task and budget: the time that its fastest contender took for its steps, by the median of its seeds."""
    seconds: dict[tuple[str, int], dict[str, list[float]]] = {}
    for run in runs:
        taken = seconds.setdefault((run["task"], run["budget"]), {})
        taken.setdefault(run["family"], []).append(run["seconds"])
    return {key: min(statistics.median(each) for each in taken.values()) for key, taken in seconds.items()}


def comparison_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """For people: what `summarised` gave."""
    columns = [
        "task",
        "equal",
        "family",
        "budget",
        "steps",
        "seconds",
        "metric",
        "median",
        "low",
        "high",
        "best",
        "seeds",
    ]
    cells: list[list[Cell]] = []
    for row in rows:
        metric = row["metric"] if row["tested_length"] is None else f"{row['metric']}, T={row['tested_length']}"
        cells.append(
            [
                row["task"],
                row["view"],
                row["family"],
                row["budget"],
                row["steps"],
                round(row["seconds"], 1),
                metric,
                *(row[name] for name in ("median", "low", "high", "best")),
                row["seeds"],
            ]
        )
    return table(columns, cells)


def _training(group: Runs) -> dict[str, Any]:
    """What a contender's runs have in common, and how long they were."""
    return {
        "metric": group[0]["metric_name"],
        "body_parameters": group[0]["body_parameters"],
        "lr": group[0]["lr"],
        "lr_tuned": group[0]["lr_tuned"],
        "steps": round(statistics.median(run["steps"] for run in group)),
        "seconds": statistics.median(run["seconds"] for run in group),
        "seeds": len(group),
        "diverged": sum(run["diverged"] for run in group),
    }
