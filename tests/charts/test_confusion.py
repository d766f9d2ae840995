"""The confusion matrix: valid, without data of its own, over the fields its dataset promises."""

import json
import re

import altair as alt
import pytest

from attnlab.charts.confusion import CONFUSION_DATASET, confusion_matrix

FIELDS = {"right", "said", "row", "col", "count", "share"}


@pytest.mark.parametrize("num_classes", [2, 20])
def test_it_is_valid_and_reads_the_fields_of_its_dataset(num_classes: int) -> None:
    spec = confusion_matrix(num_classes, "right", "said")
    assert alt.Chart.from_dict(spec).to_dict()
    text = json.dumps(spec)
    named = set(re.findall(r'"field": "(\w+)"', text)) | set(re.findall(r"datum\.(\w+)", text))
    assert named <= FIELDS
    assert spec["data"] == {"name": CONFUSION_DATASET}
    assert "datasets" not in spec


def test_a_dark_cell_has_a_white_number_and_a_pale_one_the_pages_grey() -> None:
    marks = confusion_matrix(2, "right", "said")["layer"]
    ink = marks[1]["encoding"]["color"]
    assert ink["condition"] == {"test": "datum.share > 0.45", "value": "#ffffff"}
    shades = marks[0]["encoding"]["opacity"]["scale"]
    assert shades["domain"][1] == 0.45
    assert shades["range"][1] < 0.25 < 0.7 < shades["range"][2]


def test_one_specification_serves_all_numbers() -> None:
    assert confusion_matrix(3, "a", "b") is confusion_matrix(3, "a", "b")
