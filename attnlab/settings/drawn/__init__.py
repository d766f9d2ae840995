"""What somebody has changed by hand of a held-out example: the parameter `drawn`, which has a form for each kind.

`cells` reads and writes a picture, `moved` a series.
"""

from attnlab.settings.drawn.cells import MOST_EXAMPLES, check, drawn_over, told

__all__ = ["MOST_EXAMPLES", "check", "drawn_over", "told"]
