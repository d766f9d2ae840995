"""The chart of what races have come to: valid, without data of its own, a look for each contender."""

import json

import altair as alt
import pytest

from attnlab.charts.races.contenders import STYLES
from attnlab.charts.races.finishes import FINISHES_DATASET, finishes
from attnlab.engine import SpecError

TITLES = ("contender", "median", "lowest", "highest")


def test_it_is_valid_names_its_data_and_asks_for_no_field_that_a_row_lacks() -> None:
    spec = finishes(("rnn", "transformer"), "accuracy", TITLES)
    alt.LayerChart.from_dict(spec)
    assert spec["data"] == {"name": FINISHES_DATASET}
    asked = {
        channel["field"]
        for view in spec["layer"]
        for channel in view["encoding"].values()
        if isinstance(channel, dict) and "field" in channel
    }
    assert asked <= {"contender", "name", "median", "low", "high", "place"}
    assert finishes(("rnn", "transformer"), "accuracy", TITLES) is spec


def test_contenders_have_the_colours_that_they_have_everywhere() -> None:
    scale = finishes(("rnn", "transformer"), "accuracy", TITLES)["layer"][0]["encoding"]["color"]["scale"]
    assert scale == {"domain": ["rnn", "transformer"], "range": [STYLES[name].color for name in scale["domain"]]}
    assert "highest" in json.dumps(finishes(("rnn",), "accuracy", TITLES))


def test_what_is_no_contender_becomes_no_part_of_a_specification() -> None:
    with pytest.raises(SpecError, match="contenders"):
        finishes(("<b>",), "accuracy", TITLES)
