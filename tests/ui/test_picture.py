"""The picture of a link, by HTTP."""

import asyncio
import threading
from urllib.parse import parse_qs, urlencode

import pytest
from starlette.requests import Request
from starlette.responses import Response

from attnlab.engine import Edit, SpecError, trace
from attnlab.looks.layers import asked, traced
from attnlab.looks.turns import Turns
from attnlab.pictures.stage import stage_payload
from attnlab.prose import page_prose
from attnlab.settings.attention import Explorer, attention_spec, stage_selection
from attnlab.settings.carried import encoded
from attnlab.settings.elsewhere import told
from attnlab.ui import picture as served
from attnlab.ui.picture import blocks_picture, picture
from tests.looks.test_turns import WIDEST, occupied
from tests.pictures.payloads import decoded

DEFAULTS = Explorer().values()

LINK = (
    "sentence=a+b+c&tokenizer=characters&source=random&model=23456789abcd:transformer:12&layer=1&example=7&heads=2&kv_heads=1&d_model=8&d_k=3&d_v=5&positions=rope"
    "&mask=window&window=2&second_mask=causal&combine=or&dilation=3&block=2&global_tokens=2&random_blocks=2&prefix=1"
    "&qk_norm=true&softcap=3.5&normalizer=sigmoid&padding=1&pad_left=true&score=dot&temperature=0.5&dropout=0.25&seed=7"
    "&dtype=float64&device=cpu&head=2&query=3&key=2&stage=scores&view=lines&s="
) + encoded((Edit("scores", 1, 2, 0, 4.5),))
LINK += "&elsewhere=" + told(1, {1: (), 2: (Edit("head", 0, 0, 0, 0.0),)})[1]
LINK += f"&drawn=7.{'0g' * 32}"
EMPTY_IS_NONE = {"d_k", "d_v", "softcap", "sink"}


def test_a_link_names_every_setting_and_each_is_read_as_its_widget_gives_it() -> None:
    values = Explorer.strict(parse_qs(LINK))
    assert set(values.changed()) == set(DEFAULTS) - {"sink"}  # a sink has no place beside another normalizer
    assert {name: type(value) for name, value in values.values().items() if name not in EMPTY_IS_NONE} == {
        name: type(value) for name, value in DEFAULTS.items() if name not in EMPTY_IS_NONE
    }
    assert (values.softcap, Explorer.strict({"sink": ["-2"]}).sink) == (3.5, -2.0)
    assert (values.d_k, values.d_v, values.score, values.pad_left) == (3, 5, "dot", True)


def test_an_empty_link_is_the_page_as_it_opens() -> None:
    assert Explorer.strict({}) == Explorer()


def test_what_may_be_left_open_is_none_when_empty() -> None:
    assert all(Explorer.strict({name: [""]}).values()[name] is None for name in EMPTY_IS_NONE)


@pytest.mark.parametrize("link", ["", LINK])
def test_the_picture_is_byte_for_byte_what_a_run_sends(link: str) -> None:
    values = Explorer.strict(parse_qs(link))
    spec, _ = attention_spec(values)
    words = page_prose("attention")["stage"]
    before = asked(values).before()
    selection = stage_selection(values, spec)
    assert picture(parse_qs(link)).draw() == stage_payload(trace(spec), selection, values.changed(), words, before)


@pytest.mark.parametrize(
    ("link", "field"),
    [
        ("heads=x", "heads"),
        ("heads=3&d_model=8", "num_heads"),
        ("heads=2&heads=4", "heads"),
        ("temperature=nan", "temperature"),
        ("seed=%D9%A3", "seed"),
        ("sentence=%E2%80%8B", "sentence"),
    ],
)
def test_a_link_that_cannot_be_taken_has_no_picture(link: str, field: str) -> None:
    with pytest.raises(SpecError) as refused:
        picture(parse_qs(link))
    assert refused.value.field == field


@pytest.mark.parametrize("stage", ["x", "w_query", "query", "scores", "weights"])
def test_matrices_that_an_edit_does_not_reach_are_not_sent_again(stage: str) -> None:
    values = Explorer.of({"s": encoded((Edit(stage, 0, 3, 1, 5.0),))})
    spec, _ = attention_spec(values)
    before, after = asked(values).before(), trace(spec)
    assert before is not None
    arrays = decoded(
        stage_payload(after, stage_selection(values, spec), {}, page_prose("attention")["stage"], before)
    ).arrays
    changed_names = {name.removeprefix("before:") for name in arrays if name.startswith("before:")}
    order = ["x", "w_query", "query", "scores", "scaled_scores", "masked_scores", "weights", "head_output", "output"]
    upstream = set(order[: order.index(stage)])
    assert not changed_names & (upstream | {"token_embedding", "w_output"})
    assert {"head_output", "output"} <= changed_names


# --- heavy pictures ---------------------------------------------------------------------------------------------------

HEAVY = urlencode(
    {"sentence": " ".join(WIDEST["tokens"]), "heads": 16, "d_model": 256, "d_k": 128, "d_v": 128}  # type: ignore[arg-type]
)


async def answered(link: str, client: str = "1.2.3.4") -> Response:
    """What the route gives to an address."""
    scope = {"type": "http", "method": "GET", "path": "/picture", "query_string": link.encode(), "headers": []}
    handler = served.ROUTES[0].endpoint
    response: Response = await handler(Request(scope | {"client": (client, 1)}))
    return response


@pytest.mark.parametrize(
    ("drawing", "is_heavy"),
    [
        (picture({}), False),
        (picture({"sentence": [" ".join(WIDEST["tokens"])]}), False),  # type: ignore[arg-type]
        (picture(parse_qs(HEAVY)), True),
        (blocks_picture({}), False),
        (blocks_picture({"stack_source": ["trained"]}), False),
        (blocks_picture({"stack_depth": ["6"], "stack_d_model": ["128"], "stack_ff_width": ["512"]}), True),
    ],
    ids=["opening", "long", "widest", "blocks", "trained", "deepest"],
)
def test_a_drawing_says_beforehand_whether_it_is_heavy(drawing: served.Drawing, is_heavy: bool) -> None:
    assert drawing.heavy is is_heavy


def test_a_light_picture_comes_while_heavy_ones_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "OF_PICTURES", Turns(places=2, share=2))

    async def asked_for() -> tuple[Response, bool]:
        waiting = asyncio.create_task(answered(HEAVY))
        while served.OF_PICTURES.taken < 2:
            await asyncio.sleep(0)
        light = await answered("sentence=a+b+c")
        waits = not waiting.done()
        blocked.set()
        assert (await waiting).status_code == 200
        return light, waits

    blocked = threading.Event()
    served.OF_PICTURES.take("other", lambda: blocked.wait(60))
    light, waits = asyncio.run(asked_for())
    assert (light.status_code, waits) == (200, True)


@pytest.mark.parametrize(("places", "share"), [(1, 1), (8, 1)])
def test_a_heavy_picture_too_many_is_refused_with_the_time_to_ask_again(
    places: int, share: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "OF_PICTURES", Turns(places=places, share=share))
    with occupied(served.OF_PICTURES, "1.2.3.4"):
        refused = asyncio.run(answered(HEAVY))
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(served.RETRY_S))
    assert asyncio.run(answered(HEAVY)).status_code == 200


# --- what a wide picture leaves out -----------------------------------------------------------------------------------

ROWS = "of=lines&line=weights.row.3&line=w_output.col.5"


@pytest.mark.parametrize("of", [ROWS, "of=before", "of=changes"])
def test_the_rest_of_a_wide_picture_waits_as_the_picture_does_unless_its_numbers_are_kept(
    of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "OF_PICTURES", Turns(places=1, share=1))
    link = f"{HEAVY}&s={encoded((Edit('scores', 0, 5, 1, 4.5),))}&{of}"
    traced.cache_clear()
    with occupied(served.OF_PICTURES, "1.2.3.4"):
        assert asyncio.run(answered(link)).status_code == 429
    assert asyncio.run(answered(link)).status_code == 200
    with occupied(served.OF_PICTURES, "1.2.3.4"):
        light = asyncio.run(answered(link))
        assert asyncio.run(answered(HEAVY)).status_code == 429
    assert light.status_code == 200
    assert decoded(bytes(light.body)).header["arrays"]


def test_lines_are_those_of_the_layer_that_the_link_asks_for() -> None:
    wanted = asked(Explorer.strict(parse_qs(HEAVY)))
    got = decoded(bytes(asyncio.run(answered(f"{HEAVY}&head=3&{ROWS}")).body)).arrays
    weights = wanted.trace().layer.heads.weights[0, 2, 3].numpy()
    assert got["weights.row.3"].tobytes() == weights.tobytes()
    assert got["w_output.col.5"].shape == (1, 16 * 128)


@pytest.mark.parametrize("of", ["of=lines", "of=lines&line=weights.row.999", "of=lines&line=%00"])
def test_lines_that_are_none_have_no_content(of: str) -> None:
    assert asyncio.run(answered(of)).status_code == 204


def test_what_cannot_be_drawn_has_no_content() -> None:
    assert asyncio.run(answered("heads=x")).status_code == 204
    assert asyncio.run(answered("of=blocks&stack_depth=7")).status_code == 204
