"""The colours of shares: one on every canvas, chart and sheet, and apart from those of signed numbers for every eye."""

import ast
import re
from typing import Literal

import altair as alt
import numpy as np
import pytest

from attnlab.charts.theme import SHARE, SHARES, UPRIGHT, built
from attnlab.languages import Spoken, speaking
from attnlab.paths import ASSETS, ROOT

Theme = Literal["light", "dark"]
COLORS = (ASSETS / "kit" / "painting" / "colors.js").read_text(encoding="utf-8")
# What is left of a colour's red, green and blue light for a reader without cones of one kind (Machado, Oliveira and
# Fernandes 2009, table 1, severity 1).
EYES = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = XYZ.sum(1)
STEPS = 12


def stops(theme: Theme, name: str) -> np.ndarray:
    """(4, 3) of 0 to 255, as the canvases have them."""
    table = COLORS.split(f"const {theme.upper()} = ")[1]
    rows = re.findall(r"\[(\d+), (\d+), (\d+)\]", re.findall(rf"{name}: \[(.*)\],", table)[0])
    return np.array(rows, dtype=float)


def ramp(theme: Theme, name: str) -> np.ndarray:
    """(STEPS, 3) from nothing to the strongest."""
    places = np.linspace(0, 3, STEPS)
    return np.stack([np.interp(places, range(4), channel) for channel in stops(theme, name).T], 1)


def seen(colors: np.ndarray, eye: str) -> np.ndarray:
    """(N, 3) in CIELAB, as a reader sees them."""
    parts = colors / 255
    light = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt((np.clip(light @ EYES[eye].T, 0, 1) @ XYZ.T / WHITE).clip(1e-4)).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def hexes(colors: np.ndarray) -> tuple[str, ...]:
    return tuple("#" + "".join(f"{int(part):02x}" for part in color) for color in colors)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_and_style_sheets_have_the_colours_of_the_canvases(theme: Theme) -> None:
    assert SHARES[theme] == hexes(stops(theme, "weight"))
    kit = (ASSETS / "kit" / "kit.css").read_text(encoding="utf-8")
    middle = re.findall(r"--share: light-dark\(rgb\(([\d ]+)\), rgb\(([\d ]+)\)\)", kit)[0]
    assert middle[theme == "dark"].split() == [str(int(part)) for part in stops(theme, "weight")[2]]
    sheet = (ASSETS / "worksheet" / "worksheet.css").read_text(encoding="utf-8")
    assert {fill.lower() for fill in re.findall(r"\.(?:cell|bar) \{ fill: (#\w+)", sheet)} == {SHARES["light"][-1]}
    assert hexes(np.floor(stops("light", "weight")[2:].mean(0, keepdims=True))) == (SHARE,)


@pytest.mark.parametrize("eye", list(EYES))
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_share_is_taken_for_no_signed_number_of_its_strength(theme: Theme, eye: str) -> None:
    shares = seen(ramp(theme, "weight"), eye)[STEPS // 2 :]
    for name in ("positive", "negative"):
        others = seen(ramp(theme, name), eye)[STEPS // 2 :]
        assert np.linalg.norm(shares - others, axis=1).min() > 7.5


@pytest.mark.parametrize(("theme", "sign"), [("light", -1), ("dark", 1)])
def test_more_is_darker_on_a_light_page_and_brighter_on_a_dark_one(theme: Theme, sign: int) -> None:
    lightness = seen(ramp(theme, "weight"), "all cones")[:, 0]
    assert (sign * np.diff(lightness) > 2).all()


def test_axes_that_go_up_have_their_titles_level_beside_what_else_a_chart_is_set_to() -> None:
    chart = alt.Chart(alt.NamedData("rows")).mark_point().encode(y="share:Q")
    config = built(chart.configure_mark(aria=False))["config"]
    assert config["mark"] == {"aria": False}
    assert config["axisY"] == UPRIGHT
    assert UPRIGHT["titleAngle"] == 0


def test_who_cannot_see_a_chart_is_told_its_title_and_axes_in_the_page_s_language_and_no_mark_in_english() -> None:
    rows = alt.Chart(alt.NamedData("rows"), title="t").encode(x=alt.X("a:Q", title="步"), y=alt.Y("b:Q", title="y"))
    panels = alt.vconcat(alt.layer(rows.mark_line(), rows.mark_point()), rows.mark_bar())
    assert built(panels)["description"].startswith("Across: 步. Up: y. ")
    with speaking(Spoken("zh")):
        spec = built(rows.mark_bar())
    assert spec["description"] == "t。横轴：步。纵轴：y。数值在工具栏的“显示数据”里。"
    assert [spec["config"]["aria"], *(spec["config"][one]["aria"] for one in ("mark", "title"))] == [False] * 3


def test_words_in_a_chart_are_large_enough_for_han() -> None:
    marked = built(alt.Chart(alt.NamedData("rows")).mark_text().encode(text="name:N"))
    assert marked["config"]["text"]["fontSize"] >= 12


def test_what_somebody_points_at_is_named_by_the_page_and_never_by_its_column() -> None:
    for file in (ROOT / "attnlab" / "charts").rglob("*.py"):
        nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for call in (node for node in nodes if isinstance(node, ast.Call)):
            named = {one.arg: one.value for one in call.keywords}
            if isinstance(call.func, ast.Attribute) and call.func.attr == "Tooltip":
                assert "title" in named, f"{file.name}:{call.lineno}"
            elif isinstance(listed := named.get("tooltip"), ast.List):
                assert not any(isinstance(one, ast.Constant) for one in listed.elts), f"{file.name}:{call.lineno}"
