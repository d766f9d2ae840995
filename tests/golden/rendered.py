"""What a link shows, as a summary that another processor gives too: `python -m tests.golden.rendered` records it anew.

Numbers are kept as sums of what a matrix holds, to be compared within a tolerance; everything else of a payload's
header as a digest, but for its prose, which may be written better.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from attnlab.engine import SpecError
from attnlab.paths import PAGES, ROOT
from attnlab.ui.kit.session import SHOWN_PAGE
from attnlab.ui.picture import Drawing, blocks_picture, picture
from attnlab.ui.picture import Params as URLParams
from tests.golden.links import LINKS, Params
from tests.pictures.payloads import Payload, decoded

RECORDED = Path(__file__).parent / "rendered.json"
PROSE = {"text", "words", "texts"}
DIGESTS = {"revision", "diagram"}
"""Of what is sent: they follow every last bit."""
LEFT_OUT = PROSE | DIGESTS
DRAWN_AHEAD = {"attention": picture, "blocks": blocks_picture}


def rendered(page: str, params: Params) -> dict[str, Any]:
    """Summaries of every canvas of a page, by the component's key, and of what `/picture` gives for the link."""
    script = AppTest.from_file(str(ROOT / "attnlab" / "ui" / "site.py"), default_timeout=120)
    script.switch_page(str(PAGES / f"{page}.py"))
    script.query_params.update(dict(params))
    # Who is here already is not met by the page's opening; the explorer's path is empty.
    script.session_state[SHOWN_PAGE] = "" if page == "attention" else page
    script.run()
    assert not script.exception, script.exception[0].message
    canvases = {one.key or "": one.proto.bytes for one in script.get("bidi_component") if one.proto.bytes}
    told = {key: summary(decoded(payload)) for key, payload in canvases.items()}
    draw = DRAWN_AHEAD.get(page)
    if draw is not None:
        listed = {name: [value] if isinstance(value, str) else value for name, value in params.items()}
        told["/picture"] = _drawn_ahead(draw, listed)
    return told


def _drawn_ahead(draw: Callable[[URLParams], Drawing], params: URLParams) -> Any:
    try:
        return summary(decoded(draw(params).draw()))
    except SpecError as error:
        return {"refused": error.field}


def summary(payload: Payload) -> dict[str, Any]:
    """A payload without its prose: digest of words, sums of numbers."""
    leaves = list(_leaves({name: value for name, value in payload.header.items() if name not in LEFT_OUT}))
    words = [f"{path}={leaf}" for path, leaf in leaves if not isinstance(leaf, float)]
    numbers = [leaf for _, leaf in leaves if isinstance(leaf, float)]
    return {
        "header": hashlib.blake2b("\n".join(words).encode(), digest_size=8).hexdigest(),
        "numbers": [len(numbers), _sum(numbers)],
        "arrays": {
            name: [*array.shape, _sum(array.ravel()), _sum(np.abs(array.ravel()))]
            for name, array in {**payload.arrays, **payload.sketches}.items()
        },
    }


def _sum(numbers: Any) -> float:
    """Of the finite ones, each with a weight of its own: a permuted matrix has another sum."""
    array = np.asarray(numbers, dtype=np.float64)
    weights = 1.0 + 0.5 * np.cos(np.arange(array.size))
    return float(f"{(np.where(np.isfinite(array), array, 0.0) * weights).sum():.9g}")


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name in sorted(value):
            if name not in LEFT_OUT:
                yield from _leaves(value[name], f"{path}.{name}")
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _leaves(one, f"{path}.{index}")
    elif path.endswith(("offset", "length")):
        return  # places within the bytes follow the prose's length
    else:
        yield path, value


def alike(now: Any, then: Any) -> bool:
    """Two summaries agree: words and shapes exactly, sums within what another processor may round."""
    if isinstance(then, Mapping):
        return now.keys() == then.keys() and all(alike(now[name], then[name]) for name in then)
    if isinstance(then, list):
        return len(now) == len(then) and all(map(alike, now, then))
    if isinstance(then, float):
        return math.isclose(now, then, rel_tol=1e-3, abs_tol=2e-3)
    return bool(now == then)


if __name__ == "__main__":
    told = [rendered(page, params) for page, params in LINKS]
    RECORDED.write_text("[\n" + ",\n".join(map(json.dumps, told)) + "\n]\n", encoding="utf-8")
