"""A lesson from its file. Whatever does not fit is refused by the lesson's name, the step's and the field's."""

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, cast, get_args

from attnlab.engine import SpecError
from attnlab.lessons.lesson import (
    Asking,
    AskName,
    ComparatorName,
    Condition,
    Curve,
    HidesName,
    Item,
    Lesson,
    LessonError,
    Option,
    PictureName,
    Plain,
    Point,
    Prediction,
    Step,
    Task,
)
from attnlab.lessons.measures import MEASURES
from attnlab.lessons.shown import SETTINGS, opening

COMPARATORS: tuple[ComparatorName, ...] = get_args(ComparatorName)
_BOUNDS: Mapping[str, int] = {"between": 2, "within": 2}
"""How many values a comparator has, where it is not one."""
LONGEST_MINUTES = 30
FEWEST_POINTS, MOST_POINTS = 4, 12
"""Of a curve: fewer are no curve, and more nobody draws on a phone."""
Table = Mapping[str, Any]


def loaded(file: Path) -> Lesson:
    """The lesson of a file.

    Raises:
        LessonError: no TOML, or a field that is missing, unknown or not as it must be.
    """
    name = file.stem
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LessonError(name, f"cannot be read: {error}") from error
    return read(name, table)


def read(name: str, table: Table) -> Lesson:
    """The lesson that a table says. Raises as `loaded`."""
    _known(name, table, required=("after", "minutes", "picture", "steps"))
    minutes = _of_type(name, table, "minutes", int)
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise LessonError(name, f"minutes ({minutes}) must be from 1 to {LONGEST_MINUTES}")
    picture = cast("PictureName", _one_of(name, table, "picture", get_args(PictureName)))
    steps = tuple(_step(name, picture, step) for step in _tables(name, table, "steps"))
    ids = [step.id for step in steps]
    if len(set(ids)) != len(ids):
        raise LessonError(name, f"steps ({', '.join(ids)}) must have different ids")
    return Lesson(id=name, after=_texts(name, table, "after"), minutes=minutes, steps=steps)


# ---- steps -----------------------------------------------------------------------------------------------------------


def _step(lesson: str, picture: PictureName, table: Table) -> Step:
    identity = table.get("id")
    place = f"{lesson}, step {identity!r:.40}"
    if not isinstance(identity, str) or not identity.isidentifier():
        raise LessonError(place, "id must be a plain name")
    kind = _one_of(place, table, "kind", ("predict", "task"))
    if "picture" in table:  # a question about another lesson's
        picture = cast("PictureName", _one_of(place, table, "picture", get_args(PictureName)))
    return (_prediction if kind == "predict" else _task)(place, identity, picture, table)


def _prediction(place: str, identity: str, picture: PictureName, table: Table) -> Prediction:
    optional = ("picture", "reveal", "recalls", "options", "measure", "arguments", "tolerance", "items", "curve")
    _known(place, table, required=("id", "kind", "link", "ask", "hides"), optional=optional)
    ask = cast("AskName", _one_of(place, table, "ask", get_args(AskName)))
    link = _link(place, picture, table, "link")
    options = tuple(_option(place, picture, one) for one in _tables(place, table, "options", may_miss=True))
    asking = _asking(place, picture, table, fixed=ask not in {"order", "curve"}) if "measure" in table else None
    items = tuple(_item(place, picture, one, link) for one in _tables(place, table, "items", may_miss=True))
    if (ask == "choice") != bool(options) or (ask == "choice") == (asking is not None):
        raise LessonError(place, f"ask ({ask!r}) must have options, or else a measure")
    if (ask == "order") != bool(items):
        raise LessonError(place, f"ask ({ask!r}) must have items if it is an order, and only then")
    if (ask == "curve") != ("curve" in table):
        raise LessonError(place, f"ask ({ask!r}) must have a curve if it is one, and only then")
    tolerance = table.get("tolerance", 0.0)
    if not isinstance(tolerance, (int, float)) or isinstance(tolerance, bool) or not 0 <= tolerance <= 1:
        raise LessonError(place, f"tolerance ({tolerance!r:.40}) must be a number from 0 to 1")
    return Prediction(
        id=identity,
        picture=picture,
        link=link,
        reveal=_link(place, picture, table, "reveal") if "reveal" in table else link,
        ask=ask,
        hides=cast("HidesName", _one_of(place, table, "hides", get_args(HidesName))),
        recalls=_of_type(place, table, "recalls", str) if "recalls" in table else "",
        options=options,
        asking=asking,
        tolerance=float(tolerance),
        items=items,
        curve=_curve(place, picture, table["curve"], link) if "curve" in table else None,
    )


def _task(place: str, identity: str, picture: PictureName, table: Table) -> Task:
    _known(place, table, required=("id", "kind", "link", "solution", "goal", "show"), optional=("picture",))
    show = _texts(place, table, "show")
    for name in show:
        if name not in SETTINGS[picture].kinds():
            raise LessonError(place, f"show ({name!r:.40}) must name settings of the {picture}")
    goal = tuple(_condition(place, picture, one) for one in _tables(place, table, "goal"))
    link, solution = (_link(place, picture, table, name) for name in ("link", "solution"))
    return Task(id=identity, picture=picture, link=link, solution=solution, goal=goal, show=show)


def _option(place: str, picture: PictureName, table: Table) -> Option:
    _known(place, table, required=("id", "when"))
    when = tuple(_condition(place, picture, one) for one in _tables(place, table, "when"))
    return Option(_of_type(place, table, "id", str), when)


def _item(place: str, picture: PictureName, table: Table, link: str) -> Item:
    _known(place, table, required=("id",), optional=("link", "arguments"))
    own = _link(place, picture, table, "link") if "link" in table else link
    return Item(_of_type(place, table, "id", str), own, _arguments(place, table))


def _curve(place: str, picture: PictureName, table: Any, link: str) -> Curve:
    """`{ low = 0.0, high = 1.0, points = [{ at = "50", arguments = { step = 50 } }, ...] }`."""
    if not isinstance(table, dict):
        raise LessonError(place, "curve must be a table")
    _known(place, table, required=("low", "high", "points"))
    low, high = (_of_type(place, table, name, float) for name in ("low", "high"))
    if not low < high:
        raise LessonError(place, f"high ({high}) of the curve must be above low ({low})")
    points = tuple(_point(place, picture, one, link) for one in _tables(place, table, "points"))
    if not FEWEST_POINTS <= len(points) <= MOST_POINTS or len({one.at for one in points}) < len(points):
        raise LessonError(place, f"points ({len(points)}) must be {FEWEST_POINTS} to {MOST_POINTS} different places")
    return Curve(low, high, points)


def _point(place: str, picture: PictureName, table: Table, link: str) -> Point:
    _known(place, table, required=("at",), optional=("link", "arguments"))
    own = _link(place, picture, table, "link") if "link" in table else link
    return Point(_of_type(place, table, "at", str), own, _arguments(place, table))


# ---- conditions ------------------------------------------------------------------------------------------------------


def _condition(place: str, picture: PictureName, table: Table) -> Condition:
    """`{measure = "weight", arguments = {head = 1, query = 9, key = 2}, above = 0.9}`, or `setting` instead of both."""
    named = [name for name in COMPARATORS if name in table]
    if len(named) != 1 or ("measure" in table) == ("setting" in table):
        raise LessonError(place, f"a condition must have a measure or a setting, and one of {', '.join(COMPARATORS)}")
    (comparator,) = named
    bound = table[comparator]
    bound = tuple(bound) if isinstance(bound, list) else (bound,)
    wanted = _BOUNDS.get(comparator, 1)
    if (comparator != "among" and len(bound) != wanted) or not all(isinstance(one, get_args(Plain)) for one in bound):
        raise LessonError(place, f"{comparator} ({table[comparator]!r:.40}) must have {wanted} plain value(s)")
    if "setting" in table:
        _known(place, table, required=("setting", comparator))
        setting = _one_of(place, table, "setting", tuple(SETTINGS[picture].kinds()))
        return Condition(None, setting, comparator, bound)
    _known(place, table, required=("measure", comparator), optional=("arguments",))
    return Condition(_asking(place, picture, table, fixed=True), "", comparator, bound)


def _asking(place: str, picture: PictureName, table: Table, *, fixed: bool) -> Asking:
    """A measure with its arguments; `fixed` if all must be there."""
    name = _one_of(place, table, "measure", tuple(MEASURES[picture]))
    arguments, known = _arguments(place, table), MEASURES[picture][name].arguments
    given = dict(arguments)
    if set(given) - set(known) or (fixed and set(known) - set(given) - MEASURES[picture][name].optional):
        raise LessonError(place, f"arguments ({', '.join(given)}) of {name} must be {', '.join(known) or 'none'}")
    for argument, value in given.items():
        if type(value) is not known[argument]:
            raise LessonError(place, f"{argument} ({value!r:.40}) of {name} must be of type {known[argument].__name__}")
    return Asking(name, arguments)


def _arguments(place: str, table: Table) -> tuple[tuple[str, Plain], ...]:
    given = table.get("arguments", {})
    if not isinstance(given, dict) or not all(isinstance(one, get_args(Plain)) for one in given.values()):
        raise LessonError(place, "arguments must be a table of plain values")
    return tuple(given.items())


# ---- fields ----------------------------------------------------------------------------------------------------------


def _known(place: str, table: Table, *, required: Collection[str], optional: Collection[str] = ()) -> None:
    for name in required:
        if name not in table:
            raise LessonError(place, f"{name} is missing")
    for name in table:
        if name not in (*required, *optional):
            raise LessonError(place, f"{name!r:.40} is not known; known are {', '.join((*required, *optional))}")


def _one_of(place: str, table: Table, name: str, options: Collection[str]) -> str:
    value = table.get(name)
    if value not in options:
        raise LessonError(place, f"{name} ({value!r:.40}) must be one of {', '.join(options)}")
    return str(value)


def _of_type(place: str, table: Table, name: str, wanted: type) -> Any:
    value = table[name]
    if type(value) is not wanted:
        raise LessonError(place, f"{name} ({value!r:.40}) must be of type {wanted.__name__}")
    return value


def _texts(place: str, table: Table, name: str) -> tuple[str, ...]:
    value = _of_type(place, table, name, list)
    if not all(isinstance(one, str) for one in value):
        raise LessonError(place, f"{name} must be a list of texts")
    return tuple(value)


def _tables(place: str, table: Table, name: str, *, may_miss: bool = False) -> list[dict[str, Any]]:
    value = table.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value) or not (value or may_miss):
        raise LessonError(place, f"{name} must be a list of tables")
    return value


def _link(place: str, picture: PictureName, table: Table, name: str) -> str:
    """A link that the page would take."""
    link: str = _of_type(place, table, name, str)
    try:
        opening(picture, link)
    except SpecError as error:
        raise LessonError(place, f"{name}: {error}") from error
    return link
