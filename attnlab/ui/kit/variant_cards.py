"""What the chosen variants are, below the picture."""

from attnlab.engine import SpecError
from attnlab.pictures.catalogue import PAGE, cards_payload, chosen, mathml, variant_words
from attnlab.prose import once_a_language, page_prose
from attnlab.settings.attention import Explorer
from attnlab.ui.canvases.canvas import cards


def variant_cards(settings: Explorer) -> None:
    """A card for each variant that the settings choose; nothing at all while they choose none.

    Args:
        settings: those of the page.
    """
    try:
        named = tuple(chosen(settings))
    except SpecError:  # edits that cannot be read: the page says so
        return
    if named:
        cards(_payload(named), key="variant_cards")


def card(group: str, name: str) -> dict[str, str]:
    """The words of one variant, as a card shows them."""
    words = variant_words(group, name)
    told = {part: words[part] for part in ("name", "line", "more", "source", "title", "url") if part in words}
    return told | {"mathml": mathml(words["formula"], "block")}


@once_a_language(64)
def _payload(named: tuple[tuple[str, str], ...]) -> bytes:
    words = page_prose(PAGE)["page"]
    chosen_cards = [card(group, name) for group, name in named]
    return cards_payload([{"title": words["cards"], "line": "", "cards": chosen_cards}], words)
