"""Cards of variants (`assets/cards/`)."""

from attnlab.ui.canvases.component import component

_component = component("cards")


def cards(payload: bytes, *, key: str) -> None:
    """Draw cards, from `cards_payload`."""
    _component(key=key, data=payload)
