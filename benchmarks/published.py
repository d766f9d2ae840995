"""Published outcomes, with the sources' numbers beside ours: `python -m benchmarks published [experiment ...]`.

Each experiment's result is saved as it ends. Without names, those run that have no result yet; named ones run again.
The whole takes about a quarter of an hour on one core. No bar here is a matter of speed.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch

from benchmarks import report
from benchmarks.outcome import Outcome
from benchmarks.outcomes import EXPERIMENTS

NAME = "published"
ABOUT = (
    "What sources report, and what the same task at the same sizes comes to here; our skeleton (norm first, one "
    "residual block for all families), float32 on one thread, seed 0. `published` is the source's number, `bar` what "
    "counts as reproduced; `setting` says how ours was trained. A source that trained for longer than a machine "
    "without a GPU can is asked for its outcome all the same. What a GRU copies over 200 blanks hangs on the learning "
    "rate, with our skeleton and without it, so it is shown at two. Sources: reverse: UvA Deep Learning tutorial 6; "
    "sort: minGPT, demo.ipynb; Markov chain: Edelman et al. 2024; copy memory: Bai et al. 2018; parity: Deletang et "
    "al. 2023."
)
COLUMNS = ["outcome", "setting", "published", "ours", "bar", "met"]


def run(names: Sequence[str] = ()) -> dict[str, Any]:
    """Run what is asked for, or whatever has no result yet; the table has all results there are.

    Raises:
        SystemExit: a name that is no experiment.
    """
    if unknown := sorted(set(names) - set(EXPERIMENTS)):
        raise SystemExit(f"no experiment called {', '.join(unknown)}; there are {', '.join(EXPERIMENTS)}")
    experiments = saved()
    torch.set_num_threads(1)
    for name in names or [name for name in EXPERIMENTS if name not in experiments]:
        print(f"{name} ...", flush=True)
        began = time.perf_counter()
        outcomes = [asdict(outcome) for outcome in EXPERIMENTS[name]()]
        experiments[name] = {"outcomes": outcomes, "seconds": round(time.perf_counter() - began, 1)}
        report.save(NAME, result(experiments))
    return result(experiments)


def saved() -> dict[str, Any]:
    """The experiments that have a result, by name."""
    path = report.RESULTS / f"{NAME}.json"
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["experiments"]
    return {name: found[name] for name in EXPERIMENTS if name in found}


def result(experiments: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What `report` shows of the experiments that have run."""
    known = {name: experiments[name] for name in EXPERIMENTS if name in experiments}
    outcomes = [Outcome(**outcome) for one in known.values() for outcome in one["outcomes"]]
    missing = [name for name in EXPERIMENTS if name not in known]
    return {
        "title": "Published outcomes",
        "about": ABOUT + (f" Not run yet: {', '.join(missing)}." if missing else ""),
        "columns": COLUMNS,
        "rows": [row(outcome) for outcome in outcomes],
        "bars": [],
        "experiments": known,
    }


def row(outcome: Outcome) -> list[str]:
    """One line of the table, which is its own bar."""
    sign = "≥" if outcome.at_least else "≤"
    unit = f" {outcome.unit}" if outcome.unit else ""
    return [
        outcome.what,
        outcome.setting,
        outcome.published,
        f"{outcome.ours:.4g}{unit}",
        f"{sign} {outcome.limit:g}{unit}",
        "yes" if met(outcome) else "**no**",
    ]


def met(outcome: Outcome) -> bool:
    """Whether the outcome counts as reproduced. NaN does not."""
    return outcome.ours >= outcome.limit if outcome.at_least else outcome.ours <= outcome.limit
