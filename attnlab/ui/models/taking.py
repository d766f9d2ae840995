"""Take it with you, of a model: the layer's files, as on the explorer, and the whole model as script and arrays."""

from collections.abc import Mapping
from functools import partial

from attnlab.looks.layers import Asked
from attnlab.looks.pretrained.layer import PretrainedLayer
from attnlab.notebook.whole import model_arrays, model_script
from attnlab.ui.kit.taking.files import File, export_view
from attnlab.ui.kit.taking.numbers import numbers_view

SCRIPT, ARRAYS = "whole_model.py", "whole_model.npz"


def taking_view(wanted: Asked, words: Mapping[str, str], explorer: Mapping[str, str]) -> None:
    """Drawers with tables and files.

    Args:
        wanted: the layer on the stage.
        words: of the buttons.
        explorer: the explorer's prose of the page.
    """
    numbers_view(wanted.trace(), wanted.selection["head"], explorer)
    whole: list[File] = []
    if isinstance(wanted.layer, PretrainedLayer):
        of_model = (wanted.layer, wanted.spec)
        whole.append((words["script"], partial(model_script, *of_model), SCRIPT, "text/x-python"))
        whole.append((words["numbers"], partial(model_arrays, *of_model), ARRAYS, "application/octet-stream"))
    export_view(wanted, whole)
