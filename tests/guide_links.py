"""The links of the guide into the lab, and the layer that one of them shows."""

import re
from urllib.parse import parse_qs, urlsplit

from attnlab.engine import LayerTrace
from attnlab.looks.layers import asked
from attnlab.prose import page_text
from attnlab.settings.attention import Explorer


def guide_links(language: str = "en") -> dict[str, str]:
    """Every link of the guide into the lab, in its order, by the words that carry it."""
    found = re.findall(r"\[([^\]]+)\]\((/[^)]*)\)", page_text("guide", language))
    return {re.sub(r"[*\s]+", " ", said): link for said, link in found}


def settings_of(link: str) -> dict[str, list[str]]:
    """The parameters of a link, as pages read them."""
    return parse_qs(urlsplit(link).query, keep_blank_values=True)


def layer_shown(link: str, **changes: str) -> LayerTrace:
    """The layer that a link into the explorer shows, with some of its settings changed.

    Raises:
        SpecError: the link has a setting that the page would refuse.
    """
    return asked(Explorer.strict(settings_of(link) | {name: [text] for name, text in changes.items()})).trace()
