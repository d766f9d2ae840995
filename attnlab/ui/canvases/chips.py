"""A sentence word by word, with what classifiers say of it (`assets/chips/`)."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from attnlab.ui.canvases.component import component

_component = component("chips")


def chips(data: Mapping[str, Any], *, key: str, on_edit_change: Callable[[], None]) -> None:
    """Draw verdicts, words and rows.

    Args:
        data: {"base": the sentence before any change, "words": [{"text", "changed", "unknown"}], "verdicts": [{"name",
            "color", "said", "part", "before", "shown", "note"}], "rows": [{"name", "note", "cells": [{"text", "part",
            "shown"}]}], "vocabulary": words to offer, "picks": [{"word", "text"}], "text": the prose}; a part is from
            -1 to 1, and "before" may be None.
        key: names the component; `st.session_state[key].edit` then holds {"text", "place"}, the sentence as it was
            changed and the place of the word that is being changed, None for none.
        on_edit_change: called when somebody changes a word.
    """
    packed = json.dumps(data, sort_keys=True, allow_nan=False)
    revision = hashlib.blake2b(packed.encode("utf-8", "replace"), digest_size=6).hexdigest()
    _component(key=key, data={**data, "revision": revision}, on_edit_change=on_edit_change)
