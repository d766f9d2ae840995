"""Exported scripts, run: in this process, in a namespace of their own."""

import contextlib
import io
from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.engine import LayerTrace
from attnlab.export import script_of

TOLERANCE = {"float64": 1e-12, "float32": 1e-6, "bfloat16": 1e-2, "float16": 1e-3}
"""Relative to the largest number."""


@dataclass(frozen=True)
class Ran:
    """What a script came to."""

    weights: Tensor
    output: Tensor
    printed: str


def ran(script: str) -> Ran:
    names: dict[str, object] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(script, "exported.py", "exec"), names)
    weights, output = names["weights"], names["output"]
    assert isinstance(weights, Tensor)
    assert isinstance(output, Tensor)
    return Ran(weights, output, printed.getvalue())


def assert_gives_the_same(computed: LayerTrace, script: str | None = None) -> None:
    """The script of a trace comes to its weights and its output, in its dtype, and says so."""
    result = ran(script_of(computed) if script is None else script)
    allowed = TOLERANCE[computed.spec.dtype]
    for ours, theirs in ((result.weights, computed.layer.heads.weights), (result.output, computed.layer.output)):
        size = max(1.0, float(theirs[theirs.isfinite()].abs().max()) if bool(theirs.isfinite().any()) else 1.0)
        torch.testing.assert_close(ours, theirs, rtol=0, atol=allowed * size, equal_nan=True)
    last = result.printed.splitlines()[-1]
    assert last.startswith("largest difference from the app: ")
