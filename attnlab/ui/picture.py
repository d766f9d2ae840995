"""The picture of a link, by HTTP: what the stage draws when a link is opened, without a session and without a run.

A control's new value stands in the link at once, but the run that follows passes through every widget of the page
before its picture arrives. The matrices are a function of the link, so the stage asks for them here the moment the link
changes (`kit/conversation/ahead.js`). The run remains the authority: it brings the same bytes, and all that is said
around them. The parameter `of`, which is no setting, asks for something else instead: `blocks` for the picture of the
blocks page; `models` and `lessons` for the stage of those pages, `overview` for all heads of the models page; `start`
for the sentence of the start page, which a class follows; `lines` for some rows and columns of the stage's matrices,
each a parameter `line`, `before` and `changes` for how they looked before edits and for what these changed, where the
picture itself is too wide to have all that (`pictures/wide.py`). The words in a picture are in the language of the
link, else in the browser's (`ui/language.py`).

Whoever asks is nobody in particular, so what is heavy waits its turn, and where too much waits already it is refused:
the picture then comes with the run.
"""

from asyncio import wrap_future
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from attnlab.engine import SpecError
from attnlab.languages import speaking
from attnlab.looks.cost import heavy
from attnlab.looks.layers import Asked, asked
from attnlab.looks.listening import listening
from attnlab.looks.stacks import asked_stack, heavy_stack
from attnlab.looks.turns import OF_PICTURES, QueueFullError
from attnlab.pictures.lessons.step import of_lesson
from attnlab.pictures.listening import listening_picture
from attnlab.pictures.overview import OF, Told, models_overview
from attnlab.pictures.stacks.blocks import OF_LINES, stack_lines, stack_picture
from attnlab.pictures.stage import stage_before, stage_changes, stage_lines, stage_picture
from attnlab.pictures.wide import lines_of
from attnlab.pretrained import offered
from attnlab.settings import fields
from attnlab.settings.attention import Explorer
from attnlab.settings.lab.blocks import Blocks
from attnlab.settings.lab.models import KINDS, Models, layer_settings
from attnlab.settings.start import MODEL, Start
from attnlab.ui.language import of_request

Params: TypeAlias = Mapping[str, Sequence[str]]

RETRY_S = 2
"""When to ask again, after a refusal: some heavy pictures are done by then."""


@dataclass(frozen=True)
class Drawing:
    """A picture that can be drawn, and whether that is heavy. What it raises are refusals: `SpecError`."""

    draw: Callable[[], bytes]
    heavy: bool


def picture(params: Params) -> Drawing:
    """The payload of the stage for the parameters of a link.

    Raises:
        SpecError: a parameter that cannot be taken, or parameters that do not fit together.
    """
    wanted = asked(Explorer.strict(params))
    return Drawing(lambda: stage_picture(wanted), heavy(wanted.spec))


def models_picture(params: Params) -> Drawing:
    """The payload of the stage for the parameters of a link of the models page. Raises as `picture`."""
    values = fields.strict(params, KINDS)
    wanted = asked(layer_settings(values), values["m_second"])
    return Drawing(lambda: stage_picture(wanted, "models"), heavy(wanted.spec))


def models_heads(params: Params) -> Drawing:
    """The payload of all heads for the parameters of a link of the models page. Raises as `picture`."""
    values = fields.strict(params, KINDS)
    wanted, told = asked(layer_settings(values), values["m_second"]), Told.of(params)
    return Drawing(lambda: models_overview(wanted, Models.of(values), told), heavy(wanted.spec))


def blocks_picture(params: Params) -> Drawing:
    """The payload of the blocks page for the parameters of a link. Raises as `picture`."""
    settings = Blocks.strict(params)
    return Drawing(lambda: stack_picture(asked_stack(settings)), heavy_stack(settings))


def blocks_lines(params: Params) -> Drawing:
    """Rows and columns of the open part of the blocks page, for the parameters of a link. Raises as `lines`."""
    settings, read = Blocks.strict(params), lines_of(params.get("line", ()))
    return Drawing(lambda: stack_lines(asked_stack(settings), read), heavy_stack(settings))


def lessons_picture(params: Params) -> Drawing:
    """The payload of the stage for the parameters of a link of the lessons page. Raises as `picture`."""
    wanted = of_lesson(params)
    return Drawing(wanted.picture, heavy(wanted.asked.spec))


def start_picture(params: Params) -> Drawing:
    """The payload of the start page for the parameters of a link. Raises as `picture`."""
    settings = Start.strict(params)
    wanted = asked(settings.explorer(MODEL in offered()))
    return Drawing(lambda: listening_picture(listening(wanted, settings.word - 1)), heavy(wanted.spec))


def lines(params: Params) -> Drawing:
    """Rows and columns of the stage's matrices, for the parameters of a link. Raises as `picture`, and for no line."""
    wanted, read = asked(Explorer.strict(params)), lines_of(params.get("line", ()))
    before = any(line.is_before for line in read)
    return Drawing(lambda: stage_lines(wanted, read), _must_compute(wanted, before=before))


def before(params: Params) -> Drawing:
    """The stage's matrices before edits, for the parameters of a link. Raises as `picture`."""
    wanted = asked(Explorer.strict(params))
    return Drawing(lambda: stage_before(wanted), _must_compute(wanted, before=True))


def changes(params: Params) -> Drawing:
    """What edits changed in the stage's matrices, for the parameters of a link. Raises as `picture`."""
    wanted = asked(Explorer.strict(params))
    return Drawing(lambda: stage_changes(wanted), _must_compute(wanted, before=True))


def _must_compute(wanted: Asked, *, before: bool) -> bool:
    """Whether it is heavy still: of a layer that is kept, a few numbers are light."""
    return heavy(wanted.spec) and not wanted.is_kept(before=before)


DRAWINGS: Mapping[str | None, Callable[[Params], Drawing]] = {
    "blocks": blocks_picture,
    OF_LINES: blocks_lines,
    "models": models_picture,
    OF: models_heads,
    "lessons": lessons_picture,
    "start": start_picture,
    "lines": lines,
    "before": before,
    "changes": changes,
}


def drawing_of(of: str | None, params: Params) -> Drawing:
    """What a link asks for: the stage's picture, or what `of` names. Raises as `picture`."""
    return DRAWINGS.get(of, picture)(params)


def _drawn_if_light(params: Params, of: str | None) -> bytes | Drawing:
    drawing = drawing_of(of, params)
    return drawing if drawing.heavy else drawing.draw()


async def _serve(request: Request) -> Response:
    with speaking(of_request(request)):
        return await _answer(request)


async def _answer(request: Request) -> Response:
    query, client = request.query_params, request.client
    params = {name: query.getlist(name) for name in query}
    try:
        # In a thread: a long sentence must not keep other visitors waiting.
        drawn = await run_in_threadpool(_drawn_if_light, params, query.get("of"))
        if isinstance(drawn, Drawing):
            drawn = await wrap_future(OF_PICTURES.take(client.host if client else "", drawn.draw))
    except SpecError:
        return Response(status_code=204)  # nothing to show; the run says why, beside the control
    except QueueFullError:
        return Response(status_code=429, headers={"Retry-After": str(RETRY_S)})
    return Response(drawn, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


ROUTES = [Route("/picture", _serve)]
