"""`make pictures`: the README's pictures, taken of the running app. Run it when a page looks different than it did."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

from attnlab.paths import ROOT
from attnlab.prose import page_prose
from tests.browser.chromium import find_chromium, launched_browser, wait_until_settled
from tests.browser.server import running_app

FOLDER = ROOT / "assets" / "pictures"
WIDTH = 1280


def nothing(_page: Page) -> None:
    """The page as it opens."""


def to_the_words(page: Page) -> None:
    """Where the classify page judges a sentence word by word."""
    heading = page.get_by_role("heading", name=page_prose("classify")["words"]["title"])
    heading.evaluate("(heading) => heading.scrollIntoView({ block: 'start' })")
    page.wait_for_timeout(500)


@dataclass(frozen=True)
class Shot:
    """One picture."""

    name: str
    address: str
    height: int = 860
    dark: bool = False
    first: Callable[[Page], None] = nothing


SHOTS = (
    Shot("start", "/start"),
    Shot(
        "models",
        "/models?layer=4&head=2&query=10&key=3&sentence=The+animal+did+not+cross+the+street+because+it+was+too+tired.",
        height=1100,
    ),
    # As the explorer opens; who comes for the first time is led from the bare address to the start page.
    Shot("attention", "/?sentence=Birds+sing+because+other+birds+listen.&mask=none&head=2&query=5&key=1", height=1180),
    Shot("blocks", "/blocks?stack_source=trained&stack_open=decoder.2.cross_attention&stack_head=4", height=1100),
    Shot("translate", "/translate?tr_text=the+white+cat+does+not+love+the+old+horse+.", height=860),
    Shot("classify", "/classify", height=900, dark=True, first=to_the_words),
)


def take(shots: tuple[Shot, ...] = SHOTS, folder: Path = FOLDER) -> None:
    """Start the app, open each address, write the PNGs.

    Raises:
        SystemExit: there is no Chromium.
    """
    executable = find_chromium()
    if executable is None:
        raise SystemExit("no Chromium found: set $CHROMIUM")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory() as store,
        launched_browser(executable) as browser,
        running_app("app.py", env={"ATTNLAB_STORE": f"sqlite:///{store}/runs.db"}) as server,
    ):
        for shot in shots:
            page = browser.new_page(
                viewport={"width": WIDTH, "height": shot.height}, color_scheme="dark" if shot.dark else "light"
            )
            page.goto(server.url + shot.address, wait_until="domcontentloaded")
            wait_until_settled(page)
            page.wait_for_timeout(1500)  # fonts and canvases
            shot.first(page)
            page.screenshot(path=folder / f"{shot.name}.png")
            page.close()
            print(folder / f"{shot.name}.png")


if __name__ == "__main__":
    take()
