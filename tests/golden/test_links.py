"""Every link of the list shows what it showed when the list was recorded."""

import json
from typing import Any

import pytest

from tests.golden.links import LINKS, Params
from tests.golden.rendered import RECORDED, alike, rendered

THEN = json.loads(RECORDED.read_text(encoding="utf-8"))


def test_every_link_was_recorded() -> None:
    assert len(LINKS) == len(THEN) >= 60


@pytest.mark.parametrize(
    ("link", "then"), list(zip(LINKS, THEN, strict=True)), ids=[f"{page}{i}" for i, (page, _) in enumerate(LINKS)]
)
def test_a_link_shows_what_it_showed(link: tuple[str, Params], then: dict[str, Any]) -> None:
    assert alike(rendered(*link), then)
