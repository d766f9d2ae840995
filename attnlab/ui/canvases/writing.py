"""Texts that models have written on, a shade for what each letter or piece was said from (`assets/writing/`)."""

from collections.abc import Mapping
from typing import Any

from attnlab.ui.canvases.component import component

_component = component("writing")


def writing(data: Mapping[str, Any], *, key: str) -> None:
    """Draw texts.

    Args:
        data: of `attnlab.pictures.writing.written_payload`.
        key: names the component.
    """
    _component(key=key, data=data)
