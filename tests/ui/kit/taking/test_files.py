"""What one can take along of a layer: made only when open, and files only at the click."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.engine import AttentionSpec, trace
from attnlab.export import listing_of
from attnlab.prose import page_prose
from attnlab.ui.kit.taking import files as export_view

WORDS = page_prose("export")["page"]
SPEC: dict[str, Any] = {"tokens": ("one", "two", "three"), "num_heads": 2, "d_model": 14, "source": "random"}
HOSTILE = ("```", "<b>", "$x$", "\ud800", ":red[x]", "\u202e", '"""')


def page(spec: dict[str, object], head: int) -> None:
    from attnlab.engine import AttentionSpec
    from attnlab.looks.layers import Asked
    from attnlab.settings.attention import Explorer
    from attnlab.text import Tokenized
    from attnlab.ui.kit.taking.files import export_view

    layer = AttentionSpec(**spec)  # type: ignore[arg-type]
    export_view(Asked(Explorer(head=head + 1), layer, Tokenized(layer.tokens, len(layer.tokens), 0, 0)))


def opened(spec: dict[str, Any] = SPEC, head: int = 0, *, is_open: bool = True) -> AppTest:
    app = AppTest.from_function(page, args=(spec, head), default_timeout=60)
    app.session_state["export"] = is_open
    app.run()
    assert not app.exception, app.exception[0].message
    return app


def test_nothing_is_made_while_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_view, "listing_of", lambda *_: pytest.fail("made for nobody"))
    app = opened(is_open=False)
    assert app.expander[0].label == WORDS["title"]
    assert not app.code


def test_files_are_not_made_before_somebody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("script_of", "npz_of", "taken_along"):
        monkeypatch.setattr(export_view, name, lambda *_: pytest.fail("made for nobody"))
    buttons = opened().get("download_button")
    assert [button.proto.label for button in buttons] == [WORDS["picture"], WORDS["script"], WORDS["numbers"]]
    assert all(button.proto.deferred_file_id for button in buttons)


def test_the_code_is_the_listing_of_the_selected_head() -> None:
    (code,) = opened(head=1).code
    assert code.value == listing_of(trace(AttentionSpec(**SPEC)), 1).rstrip()  # as Streamlit takes it
    assert "Weights of head 2" in code.value
    assert code.language == "python"


def test_the_largest_setting_stays_a_short_message() -> None:
    largest = {"tokens": tuple(f"word{n}" for n in range(128)), "num_heads": 16, "d_model": 256, "head_dim": 128}
    (code,) = opened(largest).code
    assert len(code.value) < 20_000


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_it_says_in_which_precision_the_numbers_are(dtype: str) -> None:
    said = [caption.value for caption in opened({**SPEC, "dtype": dtype}).caption]
    template = WORDS["arrays_widened" if dtype == "bfloat16" else "arrays"]
    assert template.format(dtype=dtype, file=export_view.ARRAYS) in said


def test_what_users_type_is_nowhere_but_in_the_code() -> None:
    app = opened({**SPEC, "tokens": HOSTILE})
    (code,) = app.code
    assert code.value.isascii()
    plain = opened({**SPEC, "tokens": ("a",) * len(HOSTILE)})
    assert [caption.value for caption in app.caption] == [caption.value for caption in plain.caption]
