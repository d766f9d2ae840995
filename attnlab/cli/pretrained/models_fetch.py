"""`models fetch`: models of a hub, brought here."""

from collections.abc import Sequence

from attnlab.cli.terminal.interrupts import cleared_away
from attnlab.cli.terminal.output import say
from attnlab.cli.terminal.progress import bar
from attnlab.engine import SpecError
from attnlab.pretrained.files.hub_ids import hub_id
from attnlab.pretrained.files.weights import MEGABYTE
from attnlab.pretrained.hub.fetching import Plan, fetch, planned

FETCH = "fetch"
"""The word ahead of the ids."""


def say_fetched(names: Sequence[str]) -> int:
    """Fetch models, one after the other, and say at which commit each was.

    Args:
        names: ids, `org/name` or `org/name@revision`.

    Raises:
        SpecError: no id, one that is none, or as `planned` and `fetch`.
        OSError: as `fetch`.
    """
    if not names:
        raise SpecError("names", "missing", f"names must be given: {FETCH} org/name@revision")
    wanted = [hub_id(name) for name in names]  # a mistyped one stops the command before it has fetched anything
    with cleared_away():
        for one in wanted:
            plan = planned(one)
            _fetch(plan)
            say(f"{one}  commit {plan.commit}  {plan.size / MEGABYTE:.1f} MB")
    return 0


def _fetch(plan: Plan) -> None:
    with bar(plan.size / MEGABYTE, "MB", scale=True) as drawn:
        fetch(plan, lambda count: drawn.update(count / MEGABYTE))
