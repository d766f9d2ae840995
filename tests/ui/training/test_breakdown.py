"""The drawer of charts below a race."""

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.charts import SPEEDS_DATASET
from attnlab.paths import PAGES, ROOT
from attnlab.training import Point, RunStore
from tests.training.small_plans import small_plan

pytestmark = pytest.mark.usefixtures("store")
PLAN = small_plan(("gru",), steps=5)


def opened(run: str) -> list[str]:
    """The datasets of the charts in the drawer."""
    page = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=60)
    page.switch_page(str(PAGES / "training.py"))
    page.query_params["run"] = run
    page.session_state["breakdown"] = True
    page = page.run()
    assert not page.exception, page.exception[0].message
    return [data.name for chart in page.get("vega_lite_chart") for data in chart.proto.datasets]


def test_speeds_are_drawn_as_soon_as_there_are_any(store: RunStore) -> None:
    run = store.runs.create(PLAN.to_config(), owner="me", name="run").id
    store.queue.claim("worker")
    assert SPEEDS_DATASET not in opened(run)
    store.points.append(run, "worker", [Point("gru", 1, 64, 1.0, loss=2.0, tokens_per_s=900.0)])
    assert SPEEDS_DATASET in opened(run)
