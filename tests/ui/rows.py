"""Rows of controls in `AppTest`, which draws no component: what the server says of each, what a browser would send."""

import json
from collections.abc import Iterator
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from attnlab.settings.fields import in_link


def told_to(component: Any) -> dict[str, Any]:
    """What the server says to one of our components; nothing if that is no mapping."""
    data = json.loads(component.proto.json or component.proto.mixed.json or "null")
    return data[0] if isinstance(data, list) else {}


def _rows(page: AppTest) -> Iterator[tuple[Any, dict[str, Any]]]:
    for one in page.get("bidi_component"):
        if "controls" in (data := told_to(one)):
            yield one, data


def controls_of(page: AppTest) -> dict[str, dict[str, Any]]:
    """What the page says of each control in a row, by parameter."""
    return {control["name"]: control for _, data in _rows(page) for control in data["controls"]}


def row_of(page: AppTest, name: str) -> dict[str, Any]:
    """What the page says of the row in which a control stands."""
    return next(data for _, data in _rows(page) if name in [control["name"] for control in data["controls"]])


def options_of(page: AppTest, name: str) -> list[str]:
    """The words of what is on offer."""
    return [word for word, _ in controls_of(page)[name]["options"]]


def sent(page: AppTest, name: str, told: Any) -> AppTest:
    """The page after a browser has sent this of the row in which a control stands."""
    (row,) = (one for one, data in _rows(page) if name in [control["name"] for control in data["controls"]])
    states = page._tree.get_widget_states()
    states.widgets.append(WidgetState(id=row.proto.id, json_value=json.dumps({"chosen": told})))
    return page._run(states)


def chosen(page: AppTest, name: str, value: Any) -> AppTest:
    """The page after a reader has given a setting a value, in its field or in its row."""
    if name in [field.key for field in page.text_input]:
        return page.text_input(key=name).set_value(value).run()
    return sent(page, name, {"count": 1, "values": {name: in_link(value)}})
