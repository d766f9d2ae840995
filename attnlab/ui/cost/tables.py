"""The tables of points that the page shows: that which ships, and what was measured here."""

import functools
from collections.abc import Mapping
from typing import Any

from attnlab.costs import CostTable, read_table
from attnlab.costs.measurement.background import background
from attnlab.paths import ASSETS
from attnlab.settings.lab.cost import Cost


@functools.cache
def shipped() -> CostTable:
    """Made by `python -m attnlab costs`.

    Raises:
        SpecError: the file is not there, or is not one.
    """
    return read_table(ASSETS / "costs.json")


def measured_here() -> CostTable | None:
    """What was measured on this server since it was started, as far as it is."""
    state = background().state()
    return None if state is None else state.table


def shown_table(settings: Cost) -> CostTable:
    """The table that is asked for, as far as there is one."""
    here = measured_here() if settings.table == "here" else None
    return shipped() if here is None else here


def of_machine(table: CostTable, origin: int, words: Mapping[str, Any]) -> dict[str, Any]:
    """The blanks of a sentence that names what made points of a table."""
    base, by = table.base, table.origins[origin]
    told = {**by.machine, "clock": words["clock"][by.machine["clock"]], "date": by.date}
    return {**told, "d_model": base.d_model, "heads": base.num_heads, "window": base.window}
