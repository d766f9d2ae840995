"""A page in Chromium with every JavaScript module of `assets/`, without the app and without a network."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, Route

from attnlab.bundles import module_source
from attnlab.paths import ASSETS

HOST = "http://modules.invalid"


def served(route: Route) -> None:
    """The modules and an empty page, whatever host is asked."""
    path = route.request.url.removeprefix(HOST)
    if path == "/":
        route.fulfill(body="<!doctype html><title>modules</title>", content_type="text/html")
    elif path.startswith("/bundle/"):
        route.fulfill(body=module_source(path.split("/")[2]), content_type="text/javascript")
    else:
        route.fulfill(body=(ASSETS / path.strip("/")).read_text(encoding="utf-8"), content_type="text/javascript")


@contextmanager
def module_page(browser: Browser) -> Iterator[Page]:
    """Each module under its name in `window.m`; `payloadOf` reads a message from base64."""
    page = browser.new_page()
    page.route(f"{HOST}/**", served)
    page.goto(f"{HOST}/")
    places = [[path.relative_to(ASSETS).as_posix(), path.stem] for path in sorted(ASSETS.rglob("*.js"))]
    page.evaluate(
        """async (places) => {
          const loaded = places.map(async ([path, name]) => [name, await import(`/${path}`)]);
          window.m = Object.fromEntries(await Promise.all(loaded));
          window.payloadOf = (base64) =>
            m.payload.decodePayload(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
          window.matrixOf = (name, rows) =>
            ({ name, rows: rows.length, cols: rows[0].length, data: Float32Array.from(rows.flat()) });
        }""",
        places,
    )
    yield page
    page.close()


def as_base64(payload: bytes) -> str:
    """A message as text, for `payloadOf`."""
    return base64.b64encode(payload).decode()
