"""The path below which the app is served: `--server.baseUrlPath lab` puts every page, picture and module below /lab/.

Streamlit does this for its own routes. Ours are told here; in the browser all addresses are relative to the page.
"""

from collections.abc import Iterable

from starlette.routing import Route
from streamlit import get_option
from streamlit.url_util import make_url_path


def prefix() -> str:
    """What stands before every path, such as "/lab"; empty for an app that has its host to itself."""
    return prefixed("").rstrip("/")


def prefixed(path: str) -> str:
    """A path of ours as a browser asks for it: "/picture" is "/lab/picture" below the prefix "lab"."""
    return make_url_path(get_option("server.baseUrlPath") or "", path)


def routes_below_prefix(routes: Iterable[Route]) -> list[Route]:
    """The same routes, where the server will be asked for them."""
    return [Route(prefixed(route.path), route.endpoint, methods=route.methods) for route in routes]
