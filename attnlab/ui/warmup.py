"""What the process does before its first visitor."""

from attnlab.engine import AttentionSpec
from attnlab.ui import cache
from attnlab.ui.settings import SHIPPED
from attnlab.ui.trained import ModelKey, model_of


def warm_up() -> None:
    """Import what the pages import and run the engine once."""
    import attnlab.ui.attention_page
    import attnlab.ui.blocks_page
    import attnlab.ui.compare_page  # noqa: F401 - importing them is the point

    cache.trace(AttentionSpec(tokens=("warm", "up")))
    model_of(ModelKey(SHIPPED))  # the first model of a process makes torch import a second's worth of modules
