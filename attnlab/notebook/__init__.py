"""Pictures without the app: the stage as one HTML file, in a cell of a notebook or taken along. No Streamlit.

Read in this order: `page` (the file), `parts` (what pictures have in common lies in it once), `pictures` (which of them
it holds), `show` and `tensors` (what Python asks for).
"""

from attnlab.notebook.pictures import taken_along
from attnlab.notebook.show import Shown, show
from attnlab.notebook.tensors import Tensors, trace_model

__all__ = ["Shown", "Tensors", "show", "taken_along", "trace_model"]
