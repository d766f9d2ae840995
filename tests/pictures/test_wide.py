"""A picture too wide to send whole: what is painted of it is near enough, and what is read of it is exact."""

import dataclasses
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
import torch
from torch import Tensor

from attnlab.engine import Edit, SpecError
from attnlab.looks.layers import Asked, asked
from attnlab.pictures.packing import LEVELS, Sketch, header_and_matrices, packed, sketched
from attnlab.pictures.stage import stage_arrays, stage_before, stage_changes, stage_lines, stage_payload, stage_picture
from attnlab.pictures.wide import FEWEST_NUMBERS, MOST_LINES, Line, fits, fitted, lines_of, most_bytes
from attnlab.prose import page_prose
from attnlab.settings.attention import Explorer
from attnlab.settings.carried import encoded
from tests.pictures.payloads import Payload, decoded

WORDS = [f"w{number}" for number in range(128)]
WIDEST: dict[str, Any] = {"heads": 16, "d_model": 256, "d_k": 128, "d_v": 128, "source": "random"}
SWAP = {"s": encoded((Edit("swap", 0, 1, 2, 0.0),))}
SCORE = {"s": encoded((Edit("scores", 0, 5, 3, 9.0),))}


def wanted(tokens: int = 128, **settings: Any) -> Asked:
    return asked(Explorer.of({"sentence": " ".join(WORDS[:tokens]), **WIDEST, **settings}))


def exact_arrays(wide: Asked) -> dict[str, Tensor]:
    return stage_arrays(wide.trace(), wide.selection["head"])


def float32(tensor: Tensor) -> bytes:
    return tensor.float().contiguous().numpy().tobytes()


# --- how much is sent -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {"dtype": "float64"},
        {"positions": "alibi", "dropout": 0.2, "mask": "causal"},
        {"positions": "rope", "qk_norm": True, "score": "additive", "dropout": 0.2},
        {"positions": "shaw", "score": "bilinear", **SWAP},
        {"positions": "rope", "qk_norm": True, "score": "additive", "dropout": 0.2, **SWAP},
        {"heads": 4, "d_model": 64, "positions": "rope", **SWAP},
    ],
    ids=str,
)
def test_no_picture_has_more_than_1_mb(settings: dict[str, Any]) -> None:
    assert len(stage_picture(wanted(**settings))) <= 1_000_000


def test_a_shorter_sentence_has_proportionally_less() -> None:
    assert len(stage_picture(wanted(64, heads=8))) <= 512_000


@pytest.mark.parametrize("draw", [stage_before, stage_changes])
def test_what_edits_changed_has_no_more_than_a_picture(draw: Callable[[Asked], bytes]) -> None:
    assert len(draw(wanted(positions="rope", qk_norm=True, dropout=0.2, **SWAP))) <= 1_000_000


@pytest.mark.parametrize("settings", [{}, {"heads": 16, "d_model": 128}, {"positions": "rope", **SCORE}], ids=str)
def test_a_small_picture_is_sent_whole(settings: dict[str, Any]) -> None:
    small = asked(Explorer.of(settings))
    words = page_prose("attention")["stage"]
    whole = stage_payload(small.trace(), small.selection, small.params, words, small.before())
    assert stage_picture(small) == whole
    assert not decoded(whole).sketches


def test_a_picture_whose_link_is_too_long_to_be_asked_again_is_sent_whole() -> None:
    long = asked(Explorer.of({**WIDEST, "sentence": " ".join(f"{word}{'x' * 90}" for word in WORDS)}))
    assert long.link is None
    assert not decoded(stage_picture(long)).sketches


def test_the_largest_matrices_are_sketched_and_no_more_of_them_than_it_takes() -> None:
    sizes = {"a": 90, "b": 200, "c": 100, "d": 64}
    arrays = {name: torch.zeros(side, side) for name, side in sizes.items()}
    room = sum(4 * side**2 for side in sizes.values()) - 3 * 200**2
    for less, sketches in {0: {"b"}, 1: {"b", "c"}, 10**6: {"a", "b", "c"}}.items():
        sent = fitted(arrays, room - less)
        assert {name for name, one in sent.items() if not isinstance(one, Tensor)} == sketches
    assert sizes["d"] ** 2 == FEWEST_NUMBERS  # never: its numbers may stand in its cells
    assert not fits(arrays.values(), room)


@pytest.mark.parametrize("tokens", [37, 64])
def test_matrices_whose_numbers_can_be_read_in_their_cells_are_sent_whole(tokens: int) -> None:
    payload = decoded(stage_picture(wanted(tokens)))
    assert payload.sketches
    assert {"scores", "masked_scores", "weights"} <= set(payload.arrays)


# --- what is painted --------------------------------------------------------------------------------------------------


def test_a_sketch_is_within_a_step_of_a_colour_ramp() -> None:
    wide = wanted(positions="alibi", dropout=0.2, mask="causal")
    payload, exact = decoded(stage_picture(wide)), exact_arrays(wide)
    assert {"x", "w_query", "concat", "w_output", "scores", "thumbnails"} <= set(payload.sketches)
    places = {place["name"]: place for place in payload.header["arrays"]}
    for name, painted in payload.sketches.items():
        numbers = exact[name].float().numpy()
        assert places[name]["sketch"]["largest"] == float(np.abs(numbers[np.isfinite(numbers)]).max())
        if name == "w_output":
            numbers = numbers[2::4]  # of 2048 rows 512: there are no pixels for more
        bend = (lambda x: np.sign(x) * np.sqrt(np.abs(x))) if places[name]["sketch"]["root"] else (lambda x: x)
        finite = np.isfinite(numbers)
        assert np.array_equal(painted[~finite], numbers[~finite])
        apart = np.abs(bend(painted[finite]) - bend(numbers[finite]))
        step = bend(np.float32(places[name]["sketch"]["largest"])) / 255
        assert apart.max() <= 1.02 * step, name


def test_weights_are_sketched_by_their_roots() -> None:
    weights = torch.full((128, 128), 1e-3)
    weights[0, 0] = 1.0
    codes, largest = sketched(weights.numpy(), root=True)
    assert largest == 1.0
    assert codes[5, 5] == round(LEVELS * 1e-3**0.5) > 0
    assert sketched(weights.numpy(), root=False)[0][5, 5] == 0


def test_of_more_rows_and_columns_than_a_canvas_shows_some_stand_for_all() -> None:
    numbers = torch.arange(6 * 9, dtype=torch.float32).reshape(6, 9)
    message = packed({}, {"few": Sketch(numbers, most=(2, 3)), "all": Sketch(numbers, most=(6, None))})
    places = {place["name"]: place for place in header_and_matrices(message)[0]["arrays"]}
    assert (places["few"]["rows"], places["few"]["cols"]) == (6, 9)
    assert (places["few"]["sketch"]["rows"], places["few"]["sketch"]["cols"]) == (2, 3)
    assert "cols" not in places["all"]["sketch"]
    codes, largest = sketched(numbers.numpy(), root=False, most=(2, 3))
    assert largest == 53.0
    assert codes.tolist() == np.rint(numbers[1::3, 1::3].numpy() / 53 * LEVELS).tolist()


def test_what_is_no_number_has_codes_of_its_own() -> None:
    numbers = np.array([[-np.inf, np.nan, np.inf, 0.0, -2.0, 1.0]], dtype=np.float32)
    codes, largest = sketched(numbers, root=False)
    assert codes.tolist() == [[-128, 127, 127, 0, -126, 63]]
    assert largest == 2.0


# --- what is read -----------------------------------------------------------------------------------------------------


def test_the_lines_of_every_matrix_are_the_engines_bit_for_bit() -> None:
    wide = wanted(positions="rope", qk_norm=True, score="additive", dropout=0.2)
    payload = decoded(stage_picture(wide))
    exact = exact_arrays(wide)
    angles = wide.trace().angles
    assert angles is not None
    exact["angles"] = angles
    names = [*payload.sketches, *payload.absent]
    assert len(names) >= 15
    lines = [Line(name, way, 3) for name in names for way in (True, False)]
    got = decoded(stage_lines(wide, lines)).arrays
    assert list(got) == [f"{name}.{way}.3" for name in names for way in ("row", "col")]
    for name in names:
        assert got[f"{name}.row.3"].tobytes() == float32(exact[name][3])
        assert got[f"{name}.col.3"].tobytes() == float32(exact[name][:, 3])


def test_the_link_in_a_wide_picture_asks_for_the_same_head_of_the_same_layer() -> None:
    wide = wanted(positions="rope", temperature=0.3, qk_norm=True, head=20, query=4, view="lines", **SWAP)
    said = decoded(stage_picture(wide)).header["more"]["link"]
    again = asked(Explorer.strict(parse_qs(said, keep_blank_values=True)))
    assert (again.spec, again.selection["head"]) == (wide.spec, 15)


def test_the_link_of_the_last_good_picture_is_of_its_own_settings() -> None:
    """Beside settings that are refused another head of it can still be looked at."""
    good = wanted()
    refused = Explorer.of({**WIDEST, "sentence": good.settings.sentence, "heads": 3, "head": 2})
    kept = dataclasses.replace(good, settings=refused, computed_for=good.settings)
    again = asked(Explorer.strict(parse_qs(decoded(stage_picture(kept)).header["more"]["link"])))
    assert (again.spec, again.selection["head"]) == (good.spec, 1)


def test_the_revision_changes_with_the_last_bit_of_a_number_that_is_only_painted() -> None:
    wide = wanted()
    trace = wide.trace()
    concat = trace.layer.concat.clone()
    concat[0, 3, 4] = torch.nextafter(concat[0, 3, 4], concat.new_tensor(9e9))
    nudged = dataclasses.replace(trace, layer=dataclasses.replace(trace.layer, concat=concat))

    def sent(computed: Any) -> Payload:
        return decoded(stage_payload(computed, wide.selection, {}, page_prose("attention")["stage"], link="link"))

    assert "concat" in sent(trace).sketches
    assert sent(trace).sketches["concat"].tobytes() == sent(nudged).sketches["concat"].tobytes()
    assert sent(trace).revision != sent(nudged).revision


# --- what edits changed -----------------------------------------------------------------------------------------------


def test_of_what_edits_changed_a_wide_picture_has_the_names_and_the_mask() -> None:
    payload = decoded(stage_picture(wanted(mask="causal", **SCORE)))
    changed = {"scores", "scaled_scores", "weights", "head_output", "concat", "output", "thumbnails"}
    assert payload.absent == {f"before:{name}" for name in changed}
    mask = payload.sketches["before:masked_scores"]
    assert np.array_equal(np.isneginf(mask), np.triu(np.ones((128, 128), dtype=bool), 1))


def test_how_matrices_looked_and_what_changed_in_them_are_asked_for() -> None:
    wide = wanted(**SCORE)
    before, now = wide.before(), exact_arrays(wide)
    assert before is not None
    then = stage_arrays(before, 0)
    sketches = decoded(stage_before(wide)).sketches
    names = {name.removeprefix("before:") for name in sketches}
    sketches |= decoded(stage_changes(wide)).sketches
    assert set(sketches) == {f"{kind}:{name}" for name in names for kind in ("before", "change")}
    assert names == {name.removeprefix("before:") for name in decoded(stage_picture(wide)).absent} | {"masked_scores"}
    for kind, exact in {"before": then["scores"], "change": now["scores"] - then["scores"]}.items():
        numbers = exact.float().numpy()
        assert np.abs(sketches[f"{kind}:scores"] - numbers).max() <= np.abs(numbers).max() / 250
    assert np.count_nonzero(sketches["change:scores"]) == 1  # of one cell, however small beside the others


def test_a_line_before_the_edits_is_asked_for_like_any_other() -> None:
    wide = wanted(**SCORE)
    before = wide.before()
    assert before is not None
    got = decoded(stage_lines(wide, lines_of(["before:weights.row.5", "weights.row.5"]))).arrays
    assert got["before:weights.row.5"].tobytes() == float32(before.layer.heads.weights[0, 0, 5])
    assert got["weights.row.5"].tobytes() != got["before:weights.row.5"].tobytes()


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["weights.row.1"] * (MOST_LINES + 1),
        ["weights"],
        ["weights.row"],
        ["weights.row.-1"],
        ["weights.row.1.5"],
        ["weights.row.٣"],
        ["weights.row.²"],
        ["weights.diagonal.1"],
        ["weights.row." + "1" * 5000],
    ],
    ids=lambda texts: f"{len(texts)} {texts[:1]}"[:40],
)
def test_what_is_no_line_is_refused(texts: list[str]) -> None:
    with pytest.raises(SpecError) as refused:
        lines_of(texts)
    assert refused.value.field == "line"
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("text", ["nothing.row.1", "weights.row.12", "w_query.col.8", "before:weights.row.1", ".row.1"])
def test_a_line_that_no_matrix_has_is_refused(text: str) -> None:
    with pytest.raises(SpecError) as refused:
        stage_lines(asked(Explorer()), lines_of([text]))
    assert refused.value.field == "line"


def test_room_grows_with_the_sentence_from_64_tokens_on() -> None:
    assert most_bytes(1) == most_bytes(64) == most_bytes(128) / 2
