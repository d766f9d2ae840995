"""`costs`: what each sequence layer costs here, in seconds and bytes, with fits, formulas and crossings."""

import argparse
import datetime
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from attnlab.cli.terminal.interrupts import interrupts
from attnlab.cli.terminal.output import checked_path, note_down, say
from attnlab.cli.terminal.progress import bar
from attnlab.cli.terminal.table import Cell, table
from attnlab.cli.terminal.values import names, whole
from attnlab.costs import (
    AXES,
    BASE,
    MECHANISMS,
    WORKS,
    Asked,
    CostTable,
    Curve,
    MeasureName,
    Origin,
    Point,
    Sizes,
    WorkName,
    crossing,
    curves,
    fitted,
    multiply_adds,
    order_of,
    planned,
    read_table,
    sequential_of,
    write_table,
)
from attnlab.costs.measurement.measuring import clock_name
from attnlab.costs.measurement.plan import left_to_others
from attnlab.costs.measurement.running import completed, steps, threads
from attnlab.engine import SpecError, describe_device, resolve_device
from attnlab.machine import machine

UNITS: dict[MeasureName, tuple[str, float]] = {"seconds": ("ms", 1e3), "peak_bytes": ("MiB", 2**-20)}
FIT_FROM = 128
AGAINST = "fused"
LEFT = (
    "points ({count}) are left out: other machines have begun their curves, and times of two machines are not "
    "compared; without --missing this one measures the curves whole"
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is measured, within which bounds."""
    asked = Asked()
    parser.add_argument("--axes", metavar="A,B", default=",".join(AXES), help=f"what varies: {', '.join(AXES)}")
    parser.add_argument("--works", metavar="A,B", default=",".join(WORKS), help=f"of {', '.join(WORKS)}")
    parser.add_argument("--mechanisms", metavar="A,B", help=f"of {', '.join(MECHANISMS)}; all if left out")
    for name, value, about in (
        ("length", BASE.seq_len, "tokens, where something else varies"),
        ("longest", asked.longest, "tokens, where the length varies"),
        ("d-model", BASE.d_model, "width"),
        ("heads", BASE.num_heads, "heads"),
        ("window", BASE.window, "keys that a query of window attention sees"),
        ("seconds", asked.seconds, "after which no point is begun"),
        ("most-mib", asked.most_mib, "MiB that a point may allocate"),
        ("threads", asked.threads, "threads that compute"),
        ("fit-from", FIT_FROM, "tokens from which powers are fitted"),
    ):
        parser.add_argument(f"--{name}", metavar="N", default=str(value), help=f"{about}; {value} if left out")
    parser.add_argument("--kv-heads", metavar="N", help="key/value heads; as many as heads if left out")
    parser.add_argument("--device", metavar="NAME", default="auto", help="cpu, cuda:0, mps; the fastest if left out")
    parser.add_argument("--json", metavar="FILE", help="where to write the points; the app shows assets/costs.json")
    parser.add_argument(
        "--missing", action="store_true", help="only what --json FILE lacks: points, and bytes and FLOPs of its points"
    )


def run(options: argparse.Namespace) -> int:
    """Measure, print tables, fits and crossings, and keep the points.

    Raises:
        SpecError: an option that cannot be used.
        OSError: the file cannot be written.
    """
    path, asked, fit_from = checked_path(options.json), asked_of(options), whole("fit_from", options.fit_from)
    known = known_table(path, asked) if options.missing else None
    with interrupts() as stopped:
        found = measure(asked, path, stopped.is_set, known)
    for text in told(found, asked, fit_from):
        say(text)
    return stopped.exit_code


def asked_of(options: argparse.Namespace) -> Asked:
    """What the options ask for.

    Raises:
        SpecError: one that cannot be used.
    """
    base = Sizes(
        seq_len=whole("length", options.length),
        d_model=whole("d_model", options.d_model),
        num_heads=whole("heads", options.heads),
        num_kv_heads=None if options.kv_heads is None else whole("kv_heads", options.kv_heads),
        window=whole("window", options.window),
    )
    return Asked(
        base=base,
        axes=names("axes", options.axes),  # type: ignore[arg-type]  # checked there
        works=names("works", options.works),  # type: ignore[arg-type]
        mechanisms=tuple(MECHANISMS) if options.mechanisms is None else names("mechanisms", options.mechanisms),  # type: ignore[arg-type]
        longest=whole("longest", options.longest),
        seconds=whole("seconds", options.seconds),
        most_mib=whole("most_mib", options.most_mib),
        threads=whole("threads", options.threads),
        device=options.device,
    )


def known_table(path: Path | None, asked: Asked) -> CostTable:
    """The table whose points are not measured again.

    Raises:
        SpecError: none is named, it is no such file, or of other sizes than are asked for.
    """
    if path is None:
        message = "missing must go with json: it says where"
        raise SpecError("missing", "beside", message, got=True, other="json", of=None)
    known = read_table(path)
    if known.base != asked.base:
        message = f"missing must go with the sizes of the table, {known.base}: these are {asked.base}"
        raise SpecError("missing", "differs", message, got=str(asked.base), wanted=str(known.base))
    return known


def measure(asked: Asked, path: Path | None, stopped: Callable[[], bool], known: CostTable | None = None) -> CostTable:
    """Measure point by point; the file, if any, has all points so far after each of them.

    Args:
        asked: what, and the bounds.
        path: of the file.
        stopped: whether to end before the next point.
        known: a table whose points stay, and are not measured again.

    Raises:
        SpecError: the device is not there.
        OSError: the file cannot be written.
    """
    here = origin_of(asked)
    found = known or CostTable((), asked.base, (here,), 0, 0, complete=False)
    alike = [replace(one, date=here.date) for one in found.origins]
    if here not in alike:
        found, alike = replace(found, origins=(*found.origins, here)), [*alike, here]
    number = alike.index(here)
    found = replace(found, points=tuple(counted_here(found, here, asked, stopped)))
    if left := left_to_others(asked, found.points, number):
        note_down(LEFT.format(count=len(left)))
    total = len(planned(asked, found.points, number))
    found = replace(found, planned=len(found.points) + total, done=len(found.points), complete=False)
    with bar(total, "points") as drawn:
        for step in steps(asked, found.points, number, stopped=stopped):
            points = found.points if step.point is None else (*found.points, step.point)
            found = replace(found, points=points, done=found.done + 1)
            if path is not None:
                write_table(found, path)
            drawn.update()
    found = replace(found, complete=found.done == found.planned)
    if not any(point.origin == number for point in found.points):  # nothing was lacking
        found = replace(found, origins=found.origins if known is None else known.origins)
    if path is not None:
        write_table(found, path)
    return found


def counted_here(table: CostTable, here: Origin, asked: Asked, stopped: Callable[[], bool]) -> Iterator[Point]:
    """The points of a table; those of the same torch on such a device as this with the bytes and FLOPs they lacked."""
    alike = {
        number
        for number, one in enumerate(table.origins)
        if all(one.machine[name] == here.machine[name] for name in ("torch", "device"))
    }
    whole = completed([point for point in table.points if point.origin in alike], asked, stopped=stopped)
    return (next(whole) if point.origin in alike else point for point in table.points)


def origin_of(asked: Asked) -> Origin:
    """This machine, and this day.

    Raises:
        SpecError: the device is not there.
    """
    device = resolve_device(asked.device)
    with threads(asked.threads):
        told = machine() | {"device": describe_device(device), "threads": str(asked.threads)}
        told |= {"clock": clock_name(device)}
    return Origin(told, datetime.datetime.now(datetime.UTC).date().isoformat(), is_busy())


def is_busy() -> bool:
    """Whether as many programs as there are processors have run of late, where the system tells."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] >= (os.cpu_count() or 1)


def told(found: CostTable, asked: Asked, fit_from: int) -> Iterator[str]:
    """Tables for people: costs, then how they grow, then who overtakes whom."""
    for number, origin in enumerate(found.origins):
        machine_told = ", ".join(f"{name} {value}" for name, value in origin.machine.items())
        count = sum(point.origin == number for point in found.points)
        busy = ", beside other programs" if origin.busy else ""
        yield f"{machine_told}, {origin.date}{busy}: {count} of {found.planned} points"
    yield f"{found.done - len(found.points)} points beyond the bounds of time and memory"
    for axis in asked.axes:
        for work in asked.works:
            for measure_name, (unit, factor) in UNITS.items():
                drawn = curves(found.points, axis, work, measure_name, found.base)
                if drawn:
                    yield f"\n{work}, {measure_name} in {unit} by {axis}"
                    yield _costs(drawn, factor)
            if timed := curves(found.points, axis, work, "seconds", found.base):
                start = fit_from if axis == "length" else 0
                columns = ("mechanism", "exponent", "low", "high", "of formula", "formula", "sequential", "path")
                yield f"\n{work}, seconds as a power of {axis}, 95 % interval"
                yield table(columns, (_growth(curve, work, start) for curve in timed))
                yield from _crossings(timed, axis)


def _costs(drawn: Sequence[Curve], factor: float) -> str:
    values = sorted({value for curve in drawn for value in curve.values})
    rows: list[list[Cell]] = []
    for curve in drawn:
        known = dict(zip(curve.values, curve.costs, strict=True))
        rows.append([curve.mechanism, *(known[value] * factor if value in known else None for value in values)])
    return table(("mechanism", *map(str, values)), rows)


def _growth(curve: Curve, work: WorkName, start: int) -> list[Cell]:
    name = curve.mechanism
    fit = fitted(curve.values, curve.costs, start)
    theory = fitted(curve.values, [multiply_adds(name, work, sizes) for sizes in curve.sizes], start)
    numbers: list[Cell] = [None, None, None] if fit is None else [fit.exponent, fit.low, fit.high]
    beside: list[Cell] = [None if theory is None else theory.exponent, order_of(name, work)]
    return [name, *numbers, *beside, sequential_of(name, work), MECHANISMS[name].path]


def _crossings(drawn: Sequence[Curve], axis: str) -> Iterator[str]:
    """How the fused kernel lies to each other mechanism."""
    first = next((curve for curve in drawn if curve.mechanism == AGAINST), None)
    for other in drawn if first is not None else ():
        if other is first or first is None:
            continue
        shared = sorted(set(first.values) & set(other.values))
        costs = [[dict(zip(one.values, one.costs, strict=True))[value] for value in shared] for one in (first, other)]
        if not shared:
            continue
        found = crossing(shared, *costs)
        pair = (first.mechanism, other.mechanism)
        if found.dearer < 0:
            yield f"{pair[0]} and {pair[1]} cost the same at {axis} {shared[-1]}, within 5 %."
            continue
        where = f"From {axis} {found.at:,.0f} on" if found.at else "Everywhere"
        yield f"{where}, {pair[found.dearer]} costs more than {pair[1 - found.dearer]}."
