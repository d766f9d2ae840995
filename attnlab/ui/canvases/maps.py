"""Small matrices side by side (`assets/maps/`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from attnlab.pictures.packing import packed
from attnlab.prose import page_prose
from attnlab.ui.canvases.component import component

_component = component("maps")


@dataclass(frozen=True, eq=False)
class Panel:
    """One matrix, its values from 0 to 1."""

    title: str
    matrix: Tensor  # (rows, columns)
    rows: Sequence[str]
    cols: Sequence[str]
    note: str = ""
    color: str = ""  # of the dot before the title
    is_large: bool = False  # with its words on two sides, as one that a class looks at
    framed: Sequence[tuple[int, int]] = ()  # cells of a large one, by row and column


def maps(panels: Sequence[Panel], words: Mapping[str, str], hint: str, *, key: str) -> None:
    """Draw panels.

    Args:
        panels: what to draw.
        words: the sentences of a cell ("cell") and of a position ("position").
        hint: said while the pointer is on no cell.
        key: names the component.
    """
    told = [
        {
            "title": one.title,
            "note": one.note,
            "color": one.color,
            "rows": list(one.rows),
            "cols": list(one.cols),
            **({"large": True, "framed": [list(cell) for cell in one.framed]} if one.is_large else {}),
        }
        for one in panels
    ]
    header: dict[str, Any] = {"panels": told, "hint": hint, "cell": words["cell"], "position": words["position"]}
    header["words"] = {"legend": page_prose("attention")["stage"]["legend"]}
    matrices = {f"m{number}": one.matrix.nan_to_num() for number, one in enumerate(panels)}
    _component(key=key, data=packed(header, matrices))
