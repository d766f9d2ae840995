"""Held-out examples token by token (`assets/answers/`)."""

from collections.abc import Sequence
from typing import Any

from attnlab.ui.canvases.component import component

_component = component("answers")


def answers(examples: Sequence[dict[str, Any]], *, key: str) -> None:
    """Draw tables of tokens.

    Args:
        examples: {"rows": [{"name", "cells": [{"text", "kind", "note"}]}]} each; `kind` is "input", "target",
            "right" or "wrong", `note` what the pointer shows; both may be missing.
        key: names the component.
    """
    _component(key=key, data={"examples": list(examples)})
