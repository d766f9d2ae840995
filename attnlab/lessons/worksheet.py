"""A lesson on paper: questions with room to write, empty matrices, and on further sheets the key, computed.

One HTML file without a script that asks nobody for anything. What is written in it are text nodes, escaped.
"""

import html
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from torch import Tensor

from attnlab.languages import present, present_language
from attnlab.lessons.lesson import Curve, Lesson, Prediction, Step
from attnlab.lessons.shown import ShownLayer, shown
from attnlab.lessons.steps import began_with
from attnlab.lessons.truths import Truth, blanks_of, names_along, truth_of
from attnlab.lessons.words import words_of
from attnlab.paths import ASSETS
from attnlab.prose import listed, page_prose, percent

STYLE = ASSETS / "worksheet" / "worksheet.css"
CELL, LABEL = 22, 84
"""Pixels of a cell's side, and of the names beside."""
MOST_TOKENS = 16
"""Of a matrix that is printed: more would not be read."""


def worksheet(lesson: Lesson) -> str:
    """The document: questions first, then the key on a sheet of its own.

    Args:
        lesson: of which every answer is computed now.

    Raises:
        LessonError: an answer that is not one.
        SpecError: what the engine refuses.
    """
    said, words = words_of(lesson.id), page_prose("lessons")
    title = words["sheet"]["title"].format(title=said["title"])
    questions = "".join(_section(_question(lesson, n, step, words)) for n, step in enumerate(lesson.steps, 1))
    answers = "".join(_section(_answer(lesson, n, step, words)) for n, step in enumerate(lesson.steps, 1))
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title>'
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="{present_language().tag}"><head>{head}'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<style>{STYLE.read_text(encoding='utf-8')}</style></head><body>"
        f"{_text('h1', title)}{_text('p', said['aim'])}{_text('p', words['sheet']['name'], 'write')}{questions}"
        f'<div class="key">{_text("h1", words["sheet"]["key"].format(title=said["title"]))}{answers}</div>'
        "</body></html>\n"
    )


def _section(parts: Iterator[str]) -> str:
    return f"<section>{''.join(parts)}</section>\n"


def _text(tag: str, text: str, name: str = "") -> str:
    about = f' class="{name}"' if name else ""
    return f"<{tag}{about}>{html.escape(text)}</{tag}>"


# ---- questions -------------------------------------------------------------------------------------------------------


def _question(lesson: Lesson, number: int, step: Step, words: Mapping[str, Any]) -> Iterator[str]:
    said, sheet = words_of(lesson.id)["steps"][step.id], words["sheet"]
    yield _text("p", sheet["question"].format(number=number, text=said["text"]), "question")
    if not isinstance(step, Prediction):
        yield _text("p", sheet["task"].format(link=_link(lesson, number)), "quiet")
        return
    if step.ask in {"choice", "order"}:
        boxes = "".join(_text("li", said["options"][one]["label"]) for one in step.offered)
        yield f"<ul>{boxes}</ul>"
    if step.ask == "order":
        yield _text("p", sheet["order"], "quiet")
    if step.ask == "weights":
        yield _text("p", sheet["draw"], "quiet") + bars(_names(step), None)
    elif step.curve is not None:
        yield _text("p", sheet["curve"], "quiet") + axes(step.curve, said, None)
    elif step.ask == "cell" and step.picture == "layer":
        yield _text("p", sheet["matrix"], "quiet") + matrix(_names(step), None)
    if step.ask in {"number", "cell"}:
        yield _text("p", sheet["line"], "write")


def _link(lesson: Lesson, number: int) -> str:
    return f"/lessons?{urlencode({'lesson': lesson.id, 'step': number, **present().in_link})}"


def _names(step: Prediction) -> tuple[str, ...]:
    began = began_with(step)
    return names_along(shown(began, began))


# ---- the key ---------------------------------------------------------------------------------------------------------


def _answer(lesson: Lesson, number: int, step: Step, words: Mapping[str, Any]) -> Iterator[str]:
    said, sheet = words_of(lesson.id)["steps"][step.id], words["sheet"]
    if not isinstance(step, Prediction):
        yield _text(
            "p",
            sheet["solved"].format(number=number, link=_link(lesson, number) + step.solution.replace("?", "&")),
            "solution",
        )
        return
    truth = truth_of(step, began_with(step), began_with(step, revealed=True))
    yield _text("p", sheet["answer"].format(number=number, answer=_told(step, truth, said, sheet)))
    yield _text("p", sheet["why"].format(why=said["why"].format(**blanks_of(truth))), "quiet")
    if step.ask == "weights":
        yield bars(truth.names, truth.row)
    elif step.curve is not None:
        yield axes(step.curve, said, truth.row)
    elif step.ask == "cell" and step.picture == "layer":
        yield _text("p", sheet["matrix_key"], "quiet") + matrix(truth.names, _weights(step))


def _told(step: Prediction, truth: Truth, said: Mapping[str, Any], sheet: Mapping[str, str]) -> str:
    if step.ask == "choice":
        return str(said["options"][truth.option]["label"])
    if step.ask == "order":
        return listed(said["options"][name]["label"] for name in truth.order)
    if step.ask == "number":
        return sheet["number"].format(truth=f"{truth.number:g}", unit=said["unit"])
    if step.curve is not None:
        points = zip(truth.names, truth.row, strict=True)
        return listed(sheet["curve_point"].format(at=at, height=f"{height:.2g}") for at, height in points)
    best = truth.row.index(max(truth.row))
    return sheet["cell"].format(name=truth.names[best], share=percent(truth.row[best]))


def _weights(step: Prediction) -> Tensor:
    """(T, T) of the head that is asked about."""
    revealed = began_with(step, revealed=True)
    picture = shown(revealed, revealed)
    if not isinstance(picture, ShownLayer) or step.asking is None:
        raise TypeError("a matrix is of a layer")
    head = dict(step.asking.arguments)["head"]
    found: Tensor = picture.trace.weights[int(head) - 1]
    return found


# ---- drawings --------------------------------------------------------------------------------------------------------


def matrix(names: Sequence[str], weights: Tensor | None) -> str:
    """A square with the names of tokens along rows and over columns, as SVG: empty, or shaded by weights.

    Args:
        names: T tokens, of which at most `MOST_TOKENS` are drawn.
        weights: (T, T), None for empty cells.
    """
    names = names[:MOST_TOKENS]
    side = LABEL + CELL * len(names)
    root = ET.Element("svg", {"viewBox": f"0 0 {side} {side}", "width": str(side), "height": str(side), "role": "img"})
    for row, name in enumerate(names):
        middle = LABEL + CELL * (row + 0.5)
        _label(root, name, LABEL - 6, middle + 4, "end")
        _label(root, name, middle, LABEL - 6, "start", turned=True)
        for column in range(len(names)):
            shade = 0.0 if weights is None else float(weights[row, column])
            box = {"x": LABEL + CELL * column, "y": LABEL + CELL * row, "width": CELL, "height": CELL}
            attributes = {key: str(value) for key, value in box.items()}
            ET.SubElement(root, "rect", attributes | {"class": "cell", "fill-opacity": f"{max(shade, 0.0) ** 0.5:.3f}"})
    return ET.tostring(root, encoding="unicode")


def bars(names: Sequence[str], row: Sequence[float] | None) -> str:
    """A frame for a bar a token, as SVG: to be drawn into, or with the shares."""
    width, height, base = 34, 110, 120
    size = {"width": str(width * len(names) + 10), "height": str(base + LABEL)}
    root = ET.Element("svg", {"viewBox": f"0 0 {size['width']} {size['height']}", "role": "img", **size})
    ET.SubElement(root, "line", {"x1": "0", "x2": size["width"], "y1": str(base), "y2": str(base), "class": "axis"})
    for place, name in enumerate(names):
        x = 5 + width * place
        share = 0.0 if row is None else row[place]
        frame = {"x": str(x), "y": str(base - height), "width": str(width - 6), "height": str(height)}
        ET.SubElement(root, "rect", frame | {"class": "frame"})
        filled = {"y": f"{base - height * share:.1f}", "height": f"{height * share:.1f}"}
        ET.SubElement(root, "rect", frame | filled | {"class": "bar"})
        _label(root, name, x + width / 2 - 4, base + 10, "end", turned=True)
    return ET.tostring(root, encoding="unicode")


def axes(curve: Curve, said: Mapping[str, str], heights: Sequence[float] | None) -> str:
    """Axes of a curve, as SVG: to be drawn into, or with the line.

    Args:
        curve: its places and its ends.
        said: what the axes are called, under "across" and "unit".
        heights: one a place, None for none.
    """
    wide, high, left, top = 420, 150, 60, 24
    step = wide / (len(curve.points) - 1)
    size = {"width": str(left + wide + 30), "height": str(top + high + 50)}
    root = ET.Element("svg", {"viewBox": f"0 0 {size['width']} {size['height']}", "role": "img", **size})
    frame = {"x": str(left), "y": str(top), "width": str(wide), "height": str(high)}
    ET.SubElement(root, "rect", frame | {"class": "frame"})
    _label(root, f"{curve.high:g}", left - 6, top + 5, "end")
    _label(root, f"{curve.low:g}", left - 6, top + high, "end")
    _label(root, said["unit"], left, top - 8, "start")
    _label(root, said["across"], left + wide, top + high + 40, "end")
    for place, point in enumerate(curve.points):
        _label(root, point.at, left + step * place, top + high + 20, "middle")
    if heights is not None:
        up = [top + high * (1 - (height - curve.low) / (curve.high - curve.low)) for height in heights]
        line = " ".join(f"{left + step * place:.1f},{y:.1f}" for place, y in enumerate(up))
        ET.SubElement(root, "polyline", {"points": line, "class": "line"})
    return ET.tostring(root, encoding="unicode")


def _label(root: ET.Element, text: str, x: float, y: float, anchor: str, *, turned: bool = False) -> None:
    turn = {"transform": f"rotate(-50 {x:g} {y:g})"} if turned else {}
    made = ET.SubElement(root, "text", {"x": f"{x:g}", "y": f"{y:g}", "text-anchor": anchor, **turn})
    made.text = text
