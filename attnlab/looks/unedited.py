"""The same picture without any edit, to compare with."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from attnlab.engine import Edit, LayerTrace
from attnlab.looks import traces
from attnlab.looks.layers import asked

AS_BUILT = Edit("head", 0, 0, 0, 1.0)
"""Head 1 stays on: changes nothing, but is computed step by step as edited layers are."""


def unedited(values: Mapping[str, Any]) -> LayerTrace | None:
    """The trace of the settings without their edits; None if there are none.

    Plain attention rounds in fewer places than one with edits. Here both are computed in the same steps, so that what
    differs is what the edits changed.

    Raises:
        SpecError: as `asked` and the engine.
    """
    if not values["s"]:
        return None
    wanted = asked({**values, "s": ""})
    return traces.trace(replace(wanted.spec, edits=(AS_BUILT,)), wanted.layer)
