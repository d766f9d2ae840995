"""A sweep as it is kept: what each task's runs have in common, the runs, and what follows from them."""

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from attnlab.cli.sweeps.comparison import VIEWS, summarised
from attnlab.cli.terminal.output import FORMAT, write_json
from attnlab.engine import SpecError
from attnlab.machine import machine
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.races import RACES
from attnlab.training.shown.told import TOLD, Told

ABOUT = (
    "Each contender trained alone, once for each seed. View 'examples': all for the same steps. View 'seconds': all "
    "for the training time that the fastest contender of that task took for those steps, so steps differ, and "
    "another machine gives other numbers. Scores are on test examples; median, low, high and best are over seeds. "
    "'as_told' counts the seeds whose score lies within at_least and at_most, which is what the page says of that "
    "contender. 'measured' names what trained a view of a task and when: another processor rounds otherwise, and a "
    "seed may end otherwise there."
)

MEASURED = "measured"
"""By view: the machine that trained its runs, and when that began."""


@dataclass
class Swept:
    """What has been trained so far."""

    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)

    def rows(self) -> list[dict[str, Any]]:
        """What the runs come to, task by task."""
        return summarised(self._ordered(), self._told())

    def write(self, path: Path, *, complete: bool) -> None:
        """For the app and other programs.

        Raises:
            OSError: the file cannot be written.
        """
        tasks = {name: about for name, about in self.tasks.items() if any(run["task"] == name for run in self.runs)}
        content = {"command": "sweep", "complete": complete, "about": ABOUT, "tasks": tasks}
        write_json(path, content | {"rows": self.rows(), "runs": self._ordered()})

    def begin(self, name: str, plans: Sequence[RacePlan], views: Sequence[str] = VIEWS) -> None:
        """Make room for the runs of a task that is trained next.

        Of the views that are asked for, the runs that this program and this machine would make again stay, and count as
        done. The other view stays unless its plan is another one, and so do all other tasks.

        Args:
            name: of a race or a task.
            plans: those that are asked for.
            views: which of `VIEWS`.
        """
        here = {"machine": machine(), "date": datetime.datetime.now(datetime.UTC).date().isoformat()}
        about, found = _about(name, plans), self.tasks.get(name, {MEASURED: {}})
        kept = found[MEASURED] if {**found, MEASURED: {}} == {**about, MEASURED: {}} else {}
        kept = {view: by for view, by in kept.items() if view not in views or by["machine"] == here["machine"]}
        self.runs = [
            run for run in self.runs if run["task"] != name or (run["view"] in kept and _would_be_made(run, plans[0]))
        ]
        self.tasks[name] = about | {MEASURED: dict.fromkeys(views, here) | kept}

    def _ordered(self) -> list[dict[str, Any]]:
        """The runs task by task and view by view, whichever was trained first."""
        names = list(self.tasks)
        return sorted(self.runs, key=lambda run: (names.index(run["task"]), VIEWS.index(run["view"])))

    def _told(self) -> dict[str, tuple[Told, ...]]:
        """What the page says is said of its races as they are shown, and of no others."""
        return {name: TOLD[name] for name, about in self.tasks.items() if name in TOLD and about["as_shown"]}


def _would_be_made(run: Mapping[str, Any], plan: RacePlan) -> bool:
    key = run["contender"]
    return key in plan.contenders and run["lr"] == plan.rate(key).lr


def _about(name: str, plans: Sequence[RacePlan]) -> dict[str, Any]:
    """What all runs of a task have in common; budget and seed are in each."""
    plan, info = plans[0], plans[0].task.info
    config = json.loads(plan.to_config().to_json())
    settings = {key: value for key, value in config["settings"].items() if key not in {"budget", "seed"}}
    return {
        "task": info.name,
        "seq_len": info.seq_len,
        "metric": info.metric,
        "floors": [asdict(one) for one in info.floors],
        "settings": settings,
        "as_shown": name in RACES and all(one == replace(RACES[name], seed=one.seed) for one in plans),
    }


def read_swept(path: Path) -> Swept:
    """What `Swept.write` has written.

    Raises:
        SpecError: there is no such file.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["command"] != "sweep" or found["format"] != FORMAT:
            raise ValueError("of another command or format")
        runs = [{**run, "longer": {int(key): score for key, score in run["longer"].items()}} for run in found["runs"]]
        return Swept(dict(found["tasks"]), runs)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"resume ({str(path)!r:.120}) must go with a file that a sweep has written"
        raise SpecError("resume", "form", message, got=str(path)) from error
