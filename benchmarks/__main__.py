"""`python -m benchmarks [name ...]`: run all benchmarks or those named, print them, write RESULTS.md and JSON.

Run it on an idle machine: most bars are ratios, but not all, and a busy core distorts both. `bertviz` needs what the
tests do not, and `published` takes its time: they run only when they are named; names of experiments may follow the
latter.
"""

import importlib
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks import report

NAMES = (
    "payload",
    "engine",
    "first_paint",
    "interaction",
    "compare",
    "blocks",
    "overview",
    "interventions",
    "load",
    "hostile",
    "burst",
    "replicas",
    "room",
    "training",
    "length",
    "translation",
    "beside",
)
ONLY_NAMED = ("bertviz",)
PUBLISHED = "published"


def main(wanted: Sequence[str]) -> None:
    """Run one after the other: two at once would measure each other.

    Raises:
        SystemExit: a name that is no benchmark.
    """
    measured = report.stamp()
    for name, experiments in chosen(wanted).items():
        result = outcome(name, experiments) | {"measured": measured}
        report.check(name, result)
        report.save(name, result)
        print(report.markdown(result), end="\n\n", flush=True)
    print(f"written: {report.write_results((*NAMES, *ONLY_NAMED, PUBLISHED)).relative_to(report.FOLDER.parent)}")


def chosen(wanted: Sequence[str]) -> dict[str, list[str]]:
    """The benchmarks to run, and under `PUBLISHED` the names that follow it.

    Raises:
        SystemExit: a name that is no benchmark.
    """
    at = list(wanted).index(PUBLISHED) if PUBLISHED in wanted else len(wanted)
    if unknown := set(wanted[:at]) - {*NAMES, *ONLY_NAMED}:
        there_are = ", ".join((*NAMES, *ONLY_NAMED, PUBLISHED))
        raise SystemExit(f"no benchmark called {', '.join(sorted(unknown))}; there are {there_are}")
    benchmarks: dict[str, list[str]] = {name: [] for name in wanted[:at] or (NAMES if at == len(wanted) else ())}
    return benchmarks if at == len(wanted) else benchmarks | {PUBLISHED: list(wanted[at + 1 :])}


def outcome(name: str, experiments: Sequence[str]) -> dict[str, Any]:
    """What a benchmark's `run` gives."""
    module = importlib.import_module(f"benchmarks.{name}")
    result: dict[str, Any] = module.run(experiments) if name == PUBLISHED else module.run()
    return result


if __name__ == "__main__":
    main(sys.argv[1:])
