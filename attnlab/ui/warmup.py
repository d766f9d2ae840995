"""What the process does before its first visitor."""

import os
from contextlib import suppress

from attnlab.engine import AttentionSpec, SpecError
from attnlab.looks import layers
from attnlab.looks.listening import listening
from attnlab.looks.trained.named import model_named
from attnlab.pictures.listening import listening_picture
from attnlab.pretrained import offered
from attnlab.settings.attention import SHIPPED
from attnlab.settings.start import MODEL, Start
from attnlab.ui.races import runs

WARM_VARIABLE = "ATTNLAB_WARM_WORKERS"


def warm_up() -> None:
    """Import what the pages import, run the engine once, and open what the first page shows."""
    import attnlab.ui.attention.page
    import attnlab.ui.blocks.page
    import attnlab.ui.compare.page
    import attnlab.ui.lessons.page
    import attnlab.ui.models.page
    import attnlab.ui.start.page  # noqa: F401 - importing them is the point

    layers.trace(AttentionSpec(tokens=("warm", "up")))
    model_named(SHIPPED)  # the first model of a process makes torch import a second's worth of modules
    with suppress(SpecError):  # the page says why it cannot be opened
        opening = Start()
        listening_picture(listening(layers.asked(opening.explorer(MODEL in offered())), opening.word - 1))


def start_workers() -> None:
    """Have workers ready before anybody presses Start, unless $ATTNLAB_WARM_WORKERS is 0. Returns at once."""
    if os.environ.get(WARM_VARIABLE, "1") != "0":
        runs.jobs().ensure()
