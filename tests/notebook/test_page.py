"""The file: what is in it, that nothing of it can be markup, and how large it is."""

import base64
import hashlib
import html
import json
import re
from typing import Any

import pytest

import attnlab
from attnlab.bundles import module_source
from attnlab.engine import AttentionSpec, Edit, SpecError, trace
from attnlab.looks.layers import asked
from attnlab.notebook import Shown, taken_along
from attnlab.notebook.page import FOLDER, framed
from attnlab.notebook.parts import Parts
from attnlab.notebook.pictures import Drawn, Told, document
from attnlab.pictures.packing import packed
from attnlab.pictures.stage import stage_payload
from attnlab.pretrained import open_model
from attnlab.prose import counted, page_prose
from attnlab.settings.attention import Explorer
from attnlab.settings.carried import encoded
from tests.pictures.payloads import decoded

TEXT = "The cat sat on the mat because it was tired."
HOSTILE = "</script><img src=x onerror=alert(1)> ]]> <!-- \u202e {name} &lt;"
MOST_BESIDE_PAYLOAD = 400_000
pytestmark = pytest.mark.usefixtures("minilm")
SELECTION = {"head": 1, "query": 2, "key": 0, "stage": "softmax", "view": "matrix", "s": ""}


def shown(text: str = TEXT, **options: Any) -> Shown:
    return attnlab.show(open_model("minilm"), None, text, **options)


def pictures_in(document: str) -> dict[str, Any]:
    """The data of a page."""
    found = re.search(r'<script type="application/json" id="pictures">(.*?)</script>', document, re.DOTALL)
    assert found
    pictures: dict[str, Any] = json.loads(found[1])
    return pictures


def message(pictures: dict[str, Any], kept: dict[str, Any]) -> bytes:
    """A picture put together again, as `assets/alone/pictures.js` does."""
    parts = pictures["parts"]
    header = json.dumps({name: parts["values"][at] for name, at in kept["header"].items()}).encode()
    header += b" " * (-len(header) % 4)
    chunks = [base64.b64decode(parts["chunks"][at]) for at in kept["chunks"]]
    return len(header).to_bytes(4, "little") + header + b"".join(chunks)


def layer(**fields: Any) -> Drawn:
    spec = AttentionSpec(**{"tokens": tuple("abcde"), "num_heads": 4, "d_model": 8, "source": "random", **fields})
    before = trace(AttentionSpec(tokens=tuple("abcde"), num_heads=4, d_model=8, source="random"))
    return Drawn(trace(spec), before if spec.edits else None, {"heads": 4})


def test_each_head_is_the_picture_that_the_app_would_send() -> None:
    edited = (Edit("scores", 1, 2, 0, 3.0),)
    drawn = layer(edits=edited)
    pictures = pictures_in(document([drawn], SELECTION, Told("abcde")))
    assert [each["head"] for each in pictures["stages"]] == [1, 0, 2, 3]
    words = page_prose("attention")["stage"]
    for each in pictures["stages"]:
        selection = {**SELECTION, "head": each["head"]}
        wanted = decoded(stage_payload(drawn.trace, selection, {"heads": 4}, words, drawn.before))
        found = decoded(message(pictures, each))
        assert found.header["text"].pop("hints") != wanted.header["text"].pop("hints")
        assert found.header == wanted.header
        assert {name: array.tobytes() for name, array in found.arrays.items()} == {
            name: array.tobytes() for name, array in wanted.arrays.items()
        }
    assert "before:scores" in decoded(message(pictures, pictures["stages"][0])).arrays


def test_what_pictures_share_lies_in_the_file_once() -> None:
    pictures = pictures_in(shown(overview=False).html)
    chunks = pictures["parts"]["chunks"]
    assert len(pictures["stages"]) == 12
    assert len(set(chunks)) == len(chunks) < sum(len(each["chunks"]) for each in pictures["stages"])
    parts, one = Parts(), packed({"a": 1}, {"x": trace(AttentionSpec(tokens=("a",))).layer.x[0]})
    assert parts.growth(one) == parts.size + parts.growth(one) > 0
    parts.take(one)
    assert parts.growth(one) == 0


def test_the_file_has_little_beside_its_numbers() -> None:
    made = shown().html
    numbers = sum(map(len, pictures_in(made)["parts"]["chunks"]))
    assert len(made.encode()) - numbers <= MOST_BESIDE_PAYLOAD


def test_nothing_may_run_but_the_script_and_nothing_be_fetched() -> None:
    made = shown(HOSTILE, theme="dark").html
    script = module_source(FOLDER)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', made)
    assert policy.startswith(f"default-src 'none'; script-src 'sha256-{digest}';")
    assert f'<script type="module">{script}</script>' in made
    assert "</script" not in script
    assert "<!--" not in script
    assert made.count("<script") == made.count("</script>") == 2
    assert not re.search(r"<(img|link|iframe|base|object)\b", made.replace(script, ""))
    assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", made)
    assert html.escape(HOSTILE[:40]) in made
    assert 'data-theme="dark"' in made


def test_a_frame_has_no_rights_of_the_page_around_it_and_holds_the_file_as_text() -> None:
    frame = framed('<p class="a">&amp;</p>', 700, '"><script>')
    assert 'sandbox="allow-scripts allow-downloads"' in frame
    assert html.unescape(frame.split('srcdoc="')[1].removesuffix('"></iframe>')) == '<p class="a">&amp;</p>'
    assert "<script>" not in frame
    assert 'srcdoc="&lt;!doctype html' in shown("cats", overview=False)._repr_html_()


def test_heads_that_do_not_fit_are_left_out_and_that_is_said() -> None:
    words = page_prose("notebook")["page"]
    pictures = pictures_in(small := shown("cats", head=5, layer=2, most_mb=1).html)
    here = [each["head"] for each in pictures["stages"]]
    assert here[0] == 5
    assert len(here) < 12
    listed = ", ".join(str(head + 1) for head in sorted(here))
    assert words["part"].format(layer=3, here=listed) in small
    assert counted(words["whole"], 12, heads=12, layer=3) in shown("cats", layer=2).html


def test_a_head_that_does_not_fit_alone_is_drawn_without_its_largest_numbers() -> None:
    drawn = layer(d_model=256, head_dim=64, positions="rope")
    made = document([drawn], SELECTION, Told("abcde"), most=100_000)
    pictures = pictures_in(made)
    assert page_prose("notebook")["page"]["coloured"] in made
    (kept,) = pictures["stages"]
    found = decoded(message(pictures, kept))
    assert set(found.sketches) >= {"w_output"}
    assert found.arrays["angles"].shape == (5, 32)
    assert found.header["more"] == {"link": "alone", "words": page_prose("notebook")["wide"]}


def test_every_layer_is_in_it_where_that_is_wanted() -> None:
    pictures = pictures_in(made := shown("cats", layer=4, every_layer=True, most_mb=32).html)
    assert {each["layer"] for each in pictures["stages"]} == set(range(6))
    assert len(pictures["stages"]) == 72
    assert pictures["chosen"] == {"layer": 4, "head": 0}
    assert page_prose("notebook")["page"]["every"] in made


def test_a_long_text_is_cut_and_that_is_said() -> None:
    made = shown("cats " * 300, overview=False).html
    assert counted(page_prose("notebook")["page"]["cut"], 300 - 126) in made
    assert "cats " * 40 not in made


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"layer": 6}, "layer"),
        ({"layer": -1}, "layer"),
        ({"head": 12}, "head"),
        ({"head": True}, "head"),
        ({"theme": "pink"}, "theme"),
        ({"height": 1}, "height"),
        ({"most_mb": 0}, "most_mb"),
        ({"overview": "yes"}, "overview"),
        ({"every_layer": 1}, "every_layer"),
        ({"text": ""}, "text"),
        ({"text": 3}, "text"),
    ],
)
def test_an_argument_out_of_bounds_is_refused_by_its_name(options: dict[str, Any], field: str) -> None:
    with pytest.raises(SpecError) as refused:
        shown(**options)
    assert refused.value.field == field


def test_the_explorers_page_has_its_settings_its_edits_and_no_surrogate() -> None:
    edits = encoded([Edit("head", 1, 0, 0, 0.0)])
    made = taken_along(asked(Explorer.of({"sentence": "one \ud800 <b>two", "heads": 4, "head": 3, "s": edits})))
    assert made.encode()
    pictures = pictures_in(made)
    header = decoded(message(pictures, pictures["stages"][0])).header
    assert (header["head"], header["params"]["heads"], len(header["edits"])) == (2, 4, 1)
    assert pictures["overview"] is None


def test_the_explorers_page_of_a_model_has_all_its_heads_above() -> None:
    model = asked(Explorer.of({"source": "trained", "model": "minilm", "sentence": "cats", "layer": 2}))
    made = taken_along(model)
    pictures = pictures_in(made)
    assert pictures["chosen"]["layer"] == 1
    assert decoded(message(pictures, pictures["overview"])).sketches["weights"].shape[1] == 3
    assert "Layer 2 of 6" in made


def test_a_picture_is_saved_as_a_file(tmp_path: Any) -> None:
    made = shown("cats", overview=False)
    assert made.save(tmp_path / "cats.html").read_text(encoding="utf-8") == made.html
