"""The picture of a link, by HTTP: what the stage draws when a link is opened, without a session and without a run.

Streamlit writes a control's new value into the link at once, but the run that follows passes through every widget of
the page before its picture arrives. The matrices are a function of the link, so the stage asks for them here the
moment the link changes (`assets/kit/ahead.js`). The run remains the authority: it brings the same bytes, and all that
is said around them. The parameter `of`, which is no setting, asks for the picture of the blocks page instead.
"""

from collections.abc import Mapping, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from attnlab.engine import SpecError
from attnlab.looks.layers import asked
from attnlab.looks.stacks import asked_stack
from attnlab.pictures.blocks import stack_picture
from attnlab.pictures.stage import stage_picture
from attnlab.settings.attention import Explorer
from attnlab.settings.blocks import Blocks


def picture(params: Mapping[str, Sequence[str]]) -> bytes:
    """The payload of the stage for the parameters of a link.

    Raises:
        SpecError: a parameter that cannot be taken, or parameters that do not fit together.
    """
    return stage_picture(asked(Explorer.strict(params)))


def blocks_picture(params: Mapping[str, Sequence[str]]) -> bytes:
    """The payload of the blocks page for the parameters of a link. Raises as `picture`."""
    return stack_picture(asked_stack(Blocks.strict(params)))


async def _serve(request: Request) -> Response:
    query = request.query_params
    draw = blocks_picture if query.get("of") == "blocks" else picture
    try:
        # In a thread: a long sentence must not keep other visitors waiting.
        payload = await run_in_threadpool(draw, {name: query.getlist(name) for name in query})
    except SpecError:
        return Response(status_code=204)  # nothing to show; the run says why, beside the control
    return Response(payload, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


ROUTES = [Route("/picture", _serve)]
