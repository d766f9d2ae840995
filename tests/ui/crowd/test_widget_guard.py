"""What a client sends for a widget is of the widget's own type, or the widget has its default."""

import asyncio
import math
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import WStates

from attnlab.ui.crowd.widget_guard import guard_widgets
from benchmarks.session import Session
from tests.browser.server import running_app
from tests.products import alike


@pytest.fixture(autouse=True)
def guarded() -> Iterator[None]:
    unguarded = WStates.__getitem__
    guard_widgets.cache_clear()
    guard_widgets()
    yield
    WStates.__getitem__ = unguarded  # type: ignore[method-assign]
    guard_widgets.cache_clear()


def read(value_type: Any, default: Any, **sent: Any) -> Any:
    state = WidgetState(id="w", **sent)
    deserializer = {"double_value": float, "string_value": str}[value_type]
    states = WStates()
    states.set_widget_metadata(
        WidgetMetadata(
            id="w",
            deserializer=lambda value: default if value is None else deserializer(value),
            serializer=lambda value: value,
            value_type=value_type,
        )
    )
    states.set_widget_from_proto(state)
    return states["w"]


def test_a_value_of_the_widgets_own_type_is_taken() -> None:
    assert read("double_value", 1.0, double_value=2.5) == 2.5
    assert read("double_value", 1.0, int_value=2) == 2.0
    assert read("string_value", "a", string_value="b") == "b"


@pytest.mark.parametrize(
    "sent",
    [{"string_value": "x"}, {"bool_value": True}, {"string_value": "2"}, {"json_value": "{"}, {"bytes_value": b"1"}],
)
def test_a_value_of_another_type_is_dropped_for_the_default(sent: dict[str, Any]) -> None:
    assert read("double_value", 1.0, **sent) == 1.0


def test_a_text_is_no_number_either_way() -> None:
    assert read("string_value", "a", double_value=2.5) == "a"
    assert read("string_value", "a", int_value=2) == "a"


# --- clients that speak the protocol by hand --------------------------------------------------------------------------

WRONG: list[dict[str, Any]] = [
    {"string_value": "x"},
    {"double_value": math.nan},
    {"int_value": -(2**40)},
    {"bool_value": True},
    {"string_array_value": ["x", "y", "z"]},
    {"double_array_value": [1e300, -1e300]},
    {"json_value": "[1]"},
    {"json_value": "{"},
]
"""Each is right for some widgets, whose own bounds it breaks, and of another type than all others have."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store = f"sqlite:///{tmp_path_factory.mktemp('store') / 'runs.db'}"
    with running_app("app.py", env={"ATTNLAB_STORE": store}) as server:
        yield server.url


@pytest.mark.parametrize("page", alike(["", "training", "compare", "blocks", "translate", "classify"], 2))
def test_values_of_a_wrong_type_for_every_widget_of_a_page_are_survived(page: str, app: str) -> None:
    async def problems() -> list[str]:
        async with Session(app, page=page) as visitor:
            found = [visitor.first.problem]
            assert len(visitor.widgets) > 5
            for value in WRONG:
                for key in list(visitor.widgets):
                    visitor.set(key, **value)
                visitor._fragment = ""  # the whole page
                found.append((await visitor.rerun()).problem)
            return found

    assert not [problem for problem in asyncio.run(problems()) if problem]
