"""What the process does before its first visitor."""

from attnlab.engine import AttentionSpec
from attnlab.looks import layers
from attnlab.looks.named import model_named
from attnlab.settings.attention import SHIPPED


def warm_up() -> None:
    """Import what the pages import and run the engine once."""
    import attnlab.ui.attention.page
    import attnlab.ui.blocks.page
    import attnlab.ui.compare.page  # noqa: F401 - importing them is the point

    layers.trace(AttentionSpec(tokens=("warm", "up")))
    model_named(SHIPPED)  # the first model of a process makes torch import a second's worth of modules
