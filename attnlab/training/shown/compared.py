"""The shipped comparison of races over many seeds, made by `python -m attnlab sweep`; and curves of single races.

python -m attnlab race --race recall --json out.json
python -m attnlab.training.shown.compared recall out.json  # puts the curves of that race into assets/race_curves.json
"""

import functools
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attnlab.paths import ASSETS

CURVES = ASSETS / "race_curves.json"


@functools.cache
def comparison() -> dict[str, Any]:
    """The file as it is. Treat it as read-only: every session shares it."""
    shipped: dict[str, Any] = json.loads((ASSETS / "comparison.json").read_text(encoding="utf-8"))
    return shipped


@functools.cache
def race_curves() -> dict[str, Any]:
    """By race: what trained it, and by contender its scores as [step, score]. Read-only, as `comparison`."""
    shipped: dict[str, Any] = json.loads(CURVES.read_text(encoding="utf-8"))
    return shipped


def curves_of(raced: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a race's JSON: seed, device, versions, and the scores on test examples while it trained."""
    points = raced["points"]
    scores = {
        contender: [[point["step"], point["metric"]] for point in told if point.get("metric") is not None]
        for contender, told in points.items()
    }
    return {name: raced[name] for name in ("device", "threads", "versions")} | {"scores": scores}


if __name__ == "__main__":
    _, race, made = sys.argv
    curves = json.loads(CURVES.read_text(encoding="utf-8")) if CURVES.exists() else {}
    curves[race] = curves_of(json.loads(Path(made).read_text(encoding="utf-8")))
    CURVES.write_text(json.dumps(curves, indent=1) + "\n", encoding="utf-8")
