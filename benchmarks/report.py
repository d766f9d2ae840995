"""What a benchmark says: a table, the bars it had to meet, and the machine it ran on; as text and as JSON."""

import datetime
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from attnlab.machine import processor
from tests.browser.chromium import find_chromium

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"
HEADING = """# Benchmarks

Written by `make bench`. Ratios hold better than milliseconds: they compare within one run."""

# A benchmark returns a dict with these keys and may add others for the JSON.
KEYS = {
    "title": str,  # of its section
    "about": str,  # what was measured and how, in a sentence or two
    "columns": list,  # names of the table's columns
    "rows": list,  # lists of numbers and text, one for each row
    "bars": list,  # from `bar`
}


def bar(name: str, got: float, limit: float, unit: str, *, at_least: bool = False) -> dict[str, Any]:
    """One requirement and whether it was met.

    Args:
        name: what had to be fast or small.
        got: what was measured.
        limit: the most that is allowed, or the least if `at_least`.
        unit: of both.
        at_least: more is better.
    """
    met = got >= limit if at_least else got <= limit
    return {"name": name, "got": got, "limit": limit, "unit": unit, "at_least": at_least, "met": met}


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the others do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def check(name: str, result: dict[str, Any]) -> None:
    """Refuse a result that could not be shown.

    Raises:
        ValueError: a key is missing or of another type.
    """
    for key, kind in KEYS.items():
        if not isinstance(result.get(key), kind):
            raise ValueError(
                f"benchmarks/{name}.py: result[{key!r}] must be a {kind.__name__}, got {result.get(key)!r}"
            )


def markdown(result: dict[str, Any]) -> str:
    """A section of RESULTS.md, which is also what the terminal shows."""
    parts = [f"## {result['title']}", result["about"], table(result["columns"], result["rows"])]
    bars = [
        [one["name"], _limit(one), _number(one["got"]), "yes" if one["met"] else "**no**"] for one in result["bars"]
    ]
    if bars:
        parts.append(table(["bar", "allowed", "measured", "met"], bars))
    if "measured" in result:
        when = result["measured"]
        busy = when["load_average"] > when["cores"] / 2
        parts.append(
            f"_{when['date']}, load average {when['load_average']:.2f} at the start"
            f"{': the machine was busy with something else, read ratios only' if busy else ''}._"
        )
    return "\n\n".join(parts)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table whose columns line up as plain text too."""
    cells = [[str(name) for name in columns], *([_number(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(columns))]
    lines = [
        "| " + " | ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def save(name: str, result: dict[str, Any]) -> None:
    """Write one benchmark's JSON."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({"machine": machine(), **result}, indent=1, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def stamp() -> dict[str, Any]:
    """When a benchmark began, and how busy the machine was."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return {"date": today, "load_average": os.getloadavg()[0], "cores": _cores()}


def write_results(names: Sequence[str], path: Path = FOLDER / "RESULTS.md") -> Path:
    """RESULTS.md with what the benchmarks have measured since; a section measured elsewhere stays as it is.

    Args:
        names: the benchmarks, in the order of their sections.
        path: the file to write anew.
    """
    saved = {name: RESULTS / f"{name}.json" for name in names}
    results = [json.loads(file.read_text(encoding="utf-8")) for file in saved.values() if file.exists()]
    written = path.read_text(encoding="utf-8").split("\n## ") if path.exists() else [HEADING]
    sections = {part.split("\n", 1)[0]: part.strip() for part in written[1:]}
    sections |= {result["title"]: _with_machine(result) for result in results}
    path.write_text("\n\n## ".join([HEADING, *sections.values()]) + "\n", encoding="utf-8")
    return path


def _with_machine(result: dict[str, Any]) -> str:
    described = ", ".join(f"{name} {value}" for name, value in result["machine"].items())
    return f"{markdown(result).removeprefix('## ')}\n_{described}._"


def machine() -> dict[str, Any]:
    """What ran the benchmark; nothing that names a machine, a person or a place."""
    return {
        "processor": processor(),
        "cores": _cores(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": _system(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "streamlit")},
        "chromium": _chromium(),
    }


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return f"{platform.system()} {platform.release()}"


def _chromium() -> str | None:
    path = find_chromium()
    if path is None:
        return None
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=60).stdout.split()
    return next((word for word in said if word[0].isdigit()), None)


def _limit(one: dict[str, Any]) -> str:
    return f"{'≥' if one['at_least'] else '≤'} {_number(one['limit'])} {one['unit']}"


def _number(value: Any) -> str:
    if not isinstance(value, float):
        return "–" if value is None else str(value)
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"
