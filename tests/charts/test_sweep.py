"""The chart of a sweep: valid, over the fields it promises, each variant told apart without colour."""

import json
import warnings
from collections.abc import Iterator
from typing import Any

import altair as alt
import pytest

from attnlab.charts.sweep import SWEEP_DATASET, VARIANTS, measure_along


def marks(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [part | {"mark": part["mark"]["type"]} for part in spec["layer"]]


def fields(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from ([part["field"]] if isinstance(part.get("field"), str) else [])
        for child in part.values():
            yield from fields(child)
    elif isinstance(part, list):
        for child in part:
            yield from fields(child)


@pytest.mark.parametrize("slanted", [False, True])
def test_the_chart_is_valid_and_names_its_data(slanted: bool) -> None:
    spec = measure_along("entropy_bits", "heads", "entropy, bits", slanted)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        alt.Chart.from_dict(spec)
    assert spec["data"] == {"name": SWEEP_DATASET}
    assert set(fields(spec)) == {"value", "below", "entropy_bits", "variant", "place"}
    assert json.loads(json.dumps(spec)) == spec


def test_a_and_b_differ_in_colour_dash_shape_and_by_name() -> None:
    spec = measure_along("gradient", "d_model", "gradient")
    line, points, *names = marks(spec)
    assert (line["mark"], points["mark"], [name["mark"] for name in names]) == ("line", "point", ["text", "text"])
    for channel, part in (("color", line), ("strokeDash", line), ("shape", points)):
        scale = part["encoding"][channel]["scale"]
        assert scale["domain"] == list(VARIANTS)
        assert scale["range"][0] != scale["range"][1]
    assert ["'A'" in str(names[0]["transform"]), "'B'" in str(names[1]["transform"])] == [True, True]


def test_values_stand_in_the_order_of_the_sweep_and_not_of_the_alphabet() -> None:
    line, *_ = marks(measure_along("gradient", "d_model", "gradient"))
    assert line["encoding"]["x"]["sort"] == {"field": "place"}


def test_nothing_but_a_name_becomes_a_field() -> None:
    with pytest.raises(ValueError, match="must be a name"):
        measure_along("x']; alert(1)", "heads", "entropy")
