"""The setting of the frame around every page: its language."""

from dataclasses import dataclass

from attnlab.languages import offered
from attnlab.settings import links
from attnlab.settings.fields import Settings, line


def _offered(text: str) -> str | None:
    """A language with a folder of words; nothing leaves it to the browser."""
    return links.optional(links.one_of(*offered()))(text)


@dataclass(frozen=True, kw_only=True)
class Site(Settings):
    """The settings of every page; `languages.PARAMETER` is the name of the first."""

    lang: str = line("", _offered)
