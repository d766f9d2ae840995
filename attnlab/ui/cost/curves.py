"""Curves of what is chosen, the powers fitted to them, who overtakes whom, and the formula beside."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from attnlab.charts.costs import COSTS_DATASET, FITS_DATASET, MEETINGS_DATASET, cost_curves
from attnlab.costs import (
    MECHANISMS,
    CostTable,
    Crossing,
    Curve,
    Fit,
    MeasureName,
    crossing,
    curves,
    fitted,
    multiply_adds,
    operations,
    order_of,
    sequential_of,
)
from attnlab.prose import listed, name_of
from attnlab.sequences.items import two_decimals
from attnlab.settings.lab.cost import Cost
from attnlab.ui.cost.tables import measured_here, of_machine, shown_table
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.session import rerun, values_now
from attnlab.ui.kit.tables import table_view

FACTORS = {"seconds": 1e3, "peak_bytes": 2**-20, "flops": 1.0}
"""From what a table holds to what is drawn: milliseconds, MiB, FLOPs."""
FORMATS = {"seconds": "~g", "peak_bytes": "~g", "flops": "~s"}
CHOSEN = ("cost_axis", "cost_work", "cost_measure", "cost_against", "cost_fit_from", "cost_table")


def curves_view(words: Mapping[str, Any], key: str) -> None:
    """The choice, the picture and what it says.

    Args:
        words: the prose of the page.
        key: of the fragment, which runs again on a change.
    """
    kinds = Cost.kinds()
    draw = Drawing(kinds, words, on_change=rerun, args=(key,), shared=Cost.link_prefix)
    draw.row(*CHOSEN, key="cost_row")
    settings = Cost.of(values_now(kinds))
    if settings.table == "here" and measured_here() is None:
        st.info(words["chart"]["none_here"])
    table = shown_table(settings)
    drawn = drawn_curves(table, settings)
    if not drawn:
        st.info(words["chart"]["nothing"])
        return
    left, right = st.columns((3, 2), gap="medium")
    with left:
        _chart(drawn, settings, words)
    with right:
        _crossings(drawn, settings, words)
    chart, tokens = words["chart"], f"{drawn[0].sizes[0].seq_len:,}"
    measured = chart["machine" if settings.axis == "length" else "machine_at"]
    st.caption(measured.format(**of_machine(table, drawn[0].origin, words), tokens=tokens))
    if settings.measure == "seconds" and table.origins[drawn[0].origin].busy:
        st.caption(chart["busy"])
    if settings.measure != "seconds":
        st.caption(chart["counted"])
    if uncounted := uncounted_names(table, settings):
        said = chart["by_formula" if settings.measure == "flops" else "not_counted"]
        st.caption(said.format(names=listed(uncounted)))
    _growth(drawn, table, settings, words["growth"])


def drawn_curves(table: CostTable, settings: Cost) -> list[Curve]:
    """The curves of what is chosen; operations that torch has not counted are those of the formula."""
    found, timed = _known(table, settings, settings.measure), _known(table, settings, "seconds")
    if settings.measure != "flops":
        return found
    counted = {
        (curve.mechanism, sizes): cost for curve in found for sizes, cost in zip(curve.sizes, curve.costs, strict=True)
    }
    return [
        replace(
            curve,
            costs=tuple(
                counted.get((curve.mechanism, sizes), float(operations(curve.mechanism, settings.work, sizes)))
                for sizes in curve.sizes
            ),
        )
        for curve in timed
    ]


def uncounted_names(table: CostTable, settings: Cost) -> list[str]:
    """Mechanisms with points there, of some or all of which that cost was not counted."""
    counted = {curve.mechanism: curve.sizes for curve in _known(table, settings, settings.measure)}
    timed = _known(table, settings, "seconds")
    return [name_of("mechanism", each.mechanism) for each in timed if counted.get(each.mechanism) != each.sizes]


def _known(table: CostTable, settings: Cost, measure: MeasureName) -> list[Curve]:
    return curves(table.points, settings.axis, settings.work, measure, table.base)


def fit_of(curve: Curve, settings: Cost) -> Fit | None:
    """The power of a curve; over the length from where the settings say."""
    return fitted(curve.values, curve.costs, _start(settings))


def _start(settings: Cost) -> int:
    return settings.fit_from if settings.axis == "length" else 0


# ---- the picture -----------------------------------------------------------------------------------------------------


def _chart(drawn: Sequence[Curve], settings: Cost, words: Mapping[str, Any]) -> None:
    chart = words["chart"]
    labels = tuple(label_of(curve, settings, chart) for curve in drawn)
    factor = FACTORS[settings.measure]
    costs = [
        {"label": label, "value": value, "cost": cost * factor, "told": f"{cost * factor:,.4g}"}
        for label, curve in zip(labels, drawn, strict=True)
        for value, cost in zip(curve.values, curve.costs, strict=True)
    ]
    fits = [
        {"label": label, "value": value, "cost": fit.factor * value**fit.exponent * factor}
        for label, curve in zip(labels, drawn, strict=True)
        if (fit := fit_of(curve, settings))
        for value in (max(curve.values[0], _start(settings)), curve.values[-1])
    ]
    meetings = [{"value": found.at} for _, _, found, _ in crossings(drawn, settings) if found.at]
    data = {COSTS_DATASET: costs, FITS_DATASET: fits, MEETINGS_DATASET: meetings}
    titles = (chart[settings.axis], chart[settings.measure], chart["powers"] if fits else "")
    names, ticks = tuple(curve.mechanism for curve in drawn), FORMATS[settings.measure]
    values = tuple(sorted({value for curve in drawn for value in curve.values}))
    spec = cost_curves(names, labels, values, *titles, ticks, fits=bool(fits), meetings=bool(meetings))
    with st.container(key="cost_curves"):
        st.vega_lite_chart(spec | {"datasets": data}, key="cost_chart")


def label_of(curve: Curve, settings: Cost, chart: Mapping[str, str]) -> str:
    """The name of a mechanism with its fitted power, as the legend has it."""
    name, fit = name_of("mechanism", curve.mechanism), fit_of(curve, settings)
    if fit is None:
        return chart["not_fitted"].format(name=name)
    numbers = {"exponent": fit.exponent, "low": fit.low, "high": fit.high}
    return chart["fitted"].format(name=name, **{key: two_decimals(number) for key, number in numbers.items()})


# ---- who overtakes whom ----------------------------------------------------------------------------------------------


def crossings(drawn: Sequence[Curve], settings: Cost) -> list[tuple[Curve, Curve, Crossing, int]]:
    """How the chosen mechanism lies to each other one, and the last value that both have."""
    first = next((curve for curve in drawn if curve.mechanism == settings.against), None)
    found = []
    for other in drawn if first is not None else ():
        if first is None or other is first or not (shared := sorted(set(first.values) & set(other.values))):
            continue
        one, two = (dict(zip(curve.values, curve.costs, strict=True)) for curve in (first, other))
        met = crossing(shared, [one[value] for value in shared], [two[value] for value in shared])
        found.append((first, other, met, shared[-1]))
    return found


def _crossings(drawn: Sequence[Curve], settings: Cost, words: Mapping[str, Any]) -> None:
    told = crossings(drawn, settings)
    if not told:
        return
    st.markdown(f"**{words['crossing']['title']}**")
    lines = (crossing_sentence(*each, settings=settings, words=words) for each in told)
    st.markdown("\n".join(f"- {line}" for line in lines))


def crossing_sentence(
    first: Curve, other: Curve, met: Crossing, last: int, *, settings: Cost, words: Mapping[str, Any]
) -> str:
    """What is to be said of two curves."""
    said = words["crossing"]
    names = [name_of("mechanism", curve.mechanism) for curve in (first, other)]
    if met.dearer < 0:
        at = words["values"][settings.axis].format(value=f"{last:,}")
        return str(said["alike"]).format(at=at, first=names[0], second=names[1])
    pair = {"dearer": names[met.dearer], "cheaper": names[1 - met.dearer]}
    if met.at is None:
        return str(said[f"{settings.measure}_always"]).format(**pair)
    at = words["values"][settings.axis].format(value=f"{float(f'{met.at:.2g}'):,.0f}")
    return str(said[settings.measure]).format(at=at, **pair)


# ---- formula beside fit ----------------------------------------------------------------------------------------------


def _growth(drawn: Sequence[Curve], table: CostTable, settings: Cost, said: Mapping[str, str]) -> None:
    with st.expander(said["title"], expanded=True):
        st.caption(said["line"])
        table_view([growth_row(curve, table, settings, said) for curve in drawn])
        st.caption(said["source"])


def growth_row(curve: Curve, table: CostTable, settings: Cost, said: Mapping[str, str]) -> dict[str, Any]:
    """One mechanism: what was measured, and what theory says."""
    name, work, fit = curve.mechanism, settings.work, fit_of(curve, settings)
    by_formula = [multiply_adds(name, work, sizes) for sizes in curve.sizes]
    of_time = settings.measure != "peak_bytes"
    theory = fitted(curve.values, by_formula, _start(settings)) if of_time else None
    low, high = ("", "") if fit is None else (two_decimals(fit.low), two_decimals(fit.high))
    last, which = curve.sizes[-1], (name, work, curve.origin)
    mine = (point for point in table.points if (point.mechanism, point.work, point.origin) == which)
    counted = {point.sizes: point.flops for point in mine}
    return {
        said["mechanism"]: name_of("mechanism", name),
        said["exponent"]: None if fit is None else round(fit.exponent, 2),
        said["interval"]: None if fit is None else said["between"].format(low=low, high=high),
        said["theory"]: None if theory is None else round(theory.exponent, 2),
        said["formula"]: order_of(name, work),
        said["operations"]: _millions(operations(name, work, last)),
        said["counted"]: _millions(counted.get(last)),
        said["sequential"]: sequential_of(name, work),
        said["path"]: MECHANISMS[name].path,
    }


def _millions(flops: int | None) -> float | int | None:
    return None if flops is None else round(flops / 1e6) if flops >= 1e8 else round(flops / 1e6, 2)
