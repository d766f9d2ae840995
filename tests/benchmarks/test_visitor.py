"""The visitors of the load benchmarks press what is on the pages: a control that moves must not leave them behind."""

import asyncio
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from attnlab.settings.attention import Explorer
from benchmarks.visitor import CHOICES, PAGES, Learner
from tests.browser.server import running_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store = f"sqlite:///{tmp_path_factory.mktemp('store') / 'runs.db'}"
    with running_app("app.py", env={"ATTNLAB_STORE": store}) as server:
        yield server.url


def test_a_learner_changes_every_control_and_is_shown_the_picture_of_its_link(app: str) -> None:
    async def changed() -> Learner:
        async with Learner(app, seed=0) as learner:
            for change in (learner._temperature, learner._sentence, learner._head, learner._choice):
                before = dict(learner.link)
                await change()
                assert learner.link != before
            assert len(learner.pictures) == len(learner.runs) == 4
            name = learner.session.name
            assert not (await learner.session.reconnect()).problem
            assert learner.session.name == name  # the one that was lost, with its settings
            return learner

    learner = asyncio.run(changed())
    assert learner.failures == []
    assert {"temperature", "sentence", "head"} < set(learner.link)


@pytest.mark.parametrize("page", PAGES)
def test_the_server_knows_what_was_chosen_in_a_row(page: str, app: str) -> None:
    async def chosen() -> tuple[Learner, dict[str, str]]:
        values: dict[str, str] = {}
        async with Learner(app, seed=1, page=page) as learner:
            for _ in range(8):
                learner.link.clear()  # an old address: the server writes into it what it knows
                await learner._choice()
                values |= learner.link
            return learner, values

    learner, values = asyncio.run(chosen())
    assert learner.failures == []
    assert set(values) == set(CHOICES)
    said = parse_qs(learner.session.query)
    assert {
        name: [value] for name, value in values.items() if value != str(Explorer().values()[name])
    }.items() <= said.items()
