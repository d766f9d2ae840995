"""The process beside the app in which experiments run: `python -m attnlab.claims.worker`. One line of JSON for each.

It is asked {"claim": ..., "size": ...} on stdin and answers {"outcome": ...} or {"refused": {"field", "code", "values",
"message"}} on stdout. It ends with its stdin, and so with the app.
"""

import json
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import torch

from attnlab.claims.outcomes import outcome
from attnlab.engine import SpecError


def serve(asked: Iterable[str], said: TextIO) -> None:
    """Answer line by line, until there are no more."""
    for line in asked:
        said.write(json.dumps(answer(json.loads(line)), allow_nan=False) + "\n")
        said.flush()


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The outcome of one experiment, or why there is none."""
    try:
        return {"outcome": outcome(request["claim"], request["size"]).to_json()}
    except SpecError as error:
        said = {"field": error.field, "code": error.code, "values": error.values}
        return {"refused": json.loads(json.dumps({**said, "message": str(error)}, default=str))}
    except OSError as error:
        said = {"field": "claim", "code": "unreadable", "values": {"got": request["claim"], "why": error.strerror}}
        return {"refused": {**said, "message": str(error)}}


if __name__ == "__main__":
    torch.set_num_threads(1)
    serve(sys.stdin, sys.stdout)
