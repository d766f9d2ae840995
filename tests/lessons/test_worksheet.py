"""Worksheets: one file that asks nobody for anything, with every question and, behind them, every answer."""

import html
import re
import xml.etree.ElementTree as ET

import pytest
import torch

from attnlab.languages import Spoken, speaking
from attnlab.lessons import Lesson, Prediction, Task, began_with, lessons, truth_of
from attnlab.lessons.words import words_of
from attnlab.lessons.worksheet import bars, matrix, worksheet
from attnlab.settings.learn.lessons import LESSONS

SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)


@pytest.mark.parametrize("lesson", lessons(), ids=LESSONS)
def test_a_sheet_has_every_question_and_the_key_after_all_of_them(lesson: Lesson) -> None:
    sheet = worksheet(lesson)
    questions, key = sheet.split('<div class="key">')
    for number, step in enumerate(lesson.steps, 1):
        said = words_of(lesson.id)["steps"][step.id]
        assert html.escape(f"{number}. {said['text']}") in questions
        if isinstance(step, Prediction):
            truth = truth_of(step, began_with(step), began_with(step, revealed=True))
            assert html.escape(max(said["why"].split("{truth}"), key=len)) not in questions
            wanted = {  # by the kind of question
                "choice": said.get("options", {}).get(truth.option, {}).get("label", ""),
                "order": ", ".join(said["options"][name]["label"] for name in truth.order),
                "number": f"{number}. {truth.number:g} {said.get('unit', '')}",
                "cell": f"{number}. {truth.names[truth.row.index(max(truth.row))]} (" if truth.row else "",
                "weights": f"{number}. ",
                "curve": f"{truth.names[0]}: {truth.row[0]:.2g}" if truth.row else "",
            }
            assert wanted[step.ask]
            assert html.escape(wanted[step.ask]) in key
    solved = [step.solution for step in lesson.steps if isinstance(step, Task)]
    assert all(html.escape(f"/lessons?lesson={lesson.id}&step=") in key for _ in solved)
    assert all(html.escape(link.removeprefix("?")) in key for link in solved)
    assert not re.findall(r"<script|https?://(?!www\.w3\.org)|\son\w+=|<img|<link", sheet)
    assert "default-src 'none'" in sheet
    for drawing in SVG.findall(sheet):
        ET.fromstring(drawing)


def test_a_sheet_in_another_language_counts_and_lists_as_that_language_does() -> None:
    mask, heads = (lesson for lesson in lessons() if lesson.id in {"mask", "heads"})
    with speaking(Spoken("zh")):
        assert '<html lang="zh-CN">' in worksheet(mask)
        assert "66个单元格</p>" in worksheet(mask)
        assert "）、第" in worksheet(heads).split('<div class="key">')[1]


def test_questions_have_empty_matrices_and_bars_and_the_key_shaded_ones() -> None:
    whole = {lesson.id: worksheet(lesson) for lesson in lessons()}
    for name in ("match", "shares"):
        questions, key = (SVG.findall(part) for part in whole[name].split('<div class="key">'))
        assert len(questions) == len(key) >= 1
        assert questions != key
    shaded = re.findall(r'fill-opacity="([\d.]+)"', "".join(SVG.findall(whole["match"].split('<div class="key">')[0])))
    assert set(shaded) == {"0.000"}


def test_what_tokens_are_called_is_text_in_a_drawing() -> None:
    names = ("<script>", "a & b", '"')
    for drawing in (matrix(names, torch.eye(3)), bars(names, (0.2, 0.3, 0.5)), bars(names, None)):
        labels = [element.text for element in ET.fromstring(drawing).iter() if element.tag.endswith("text")]
        assert set(labels) == set(names)
        assert "<script>" not in drawing


def test_a_cell_is_shaded_by_its_weight_and_a_bar_as_high_as_its_share() -> None:
    cells = ET.fromstring(matrix(("a", "b"), torch.tensor([[1.0, 0.0], [0.25, 0.75]]))).findall("rect")
    assert [float(cell.get("fill-opacity", "")) for cell in cells] == pytest.approx([1, 0, 0.5, 0.866], abs=1e-3)
    heights = [float(bar.get("height", "")) for bar in ET.fromstring(bars(("a", "b"), (0.25, 0.75))).findall("rect")]
    assert heights[3] == pytest.approx(3 * heights[1])
