"""Peak learning rates, tuned for each task and family: one rate for all would decide the winner.

The table, `rates.json`, is made by `attnlab.training.tuning.tune` and by nothing else. For every task and family it has the
best rate, the steps that each candidate was given, and the test loss that each came to (null: diverged). Who is not in
it has not been tried, or learned nothing at any rate, so that the best of them would be a matter of luck.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attnlab.models import FamilyName

TABLE = Path(__file__).with_name("rates.json")
CANDIDATES = (3e-4, 1e-3, 3e-3, 1e-2)
UNTUNED = 1e-3
"""Where nothing was tried."""
MAX_LR = 10.0
"""Of any contender."""

Entry = dict[str, Any]


@dataclass(frozen=True)
class Rate:
    """A peak learning rate and where it comes from."""

    lr: float
    tuned: bool  # the best of CANDIDATES in the table, else chosen by hand or `UNTUNED`
    steps: int = 0  # that each candidate was given; 0 if not tuned


def best_rate(task: str, family: FamilyName) -> Rate:
    """The peak learning rate of one family on one task; `UNTUNED` where the table has none."""
    entry = _table().get(task, {}).get(family)
    return Rate(UNTUNED, tuned=False) if entry is None else Rate(entry["lr"], tuned=True, steps=entry["steps"])


def read_table(path: Path = TABLE) -> dict[str, dict[str, Entry]]:
    """Task, family and what is known of both; empty where there is no file."""
    if not path.exists():
        return {}
    table: dict[str, dict[str, Entry]] = json.loads(path.read_text(encoding="utf-8"))["rates"]
    return table


def forget_table() -> None:
    """Read the file again the next time: it has changed."""
    _table.cache_clear()


@functools.cache
def _table() -> dict[str, dict[str, Entry]]:
    return read_table()
