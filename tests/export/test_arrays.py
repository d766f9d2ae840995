"""All numbers of a trace as arrays: every stage of every head, readable without pickle, texts included."""

import dataclasses
import io
import json

import numpy as np
import pytest

from attnlab.engine import AttentionSpec, Edit, LayerTrace, trace
from attnlab.export import arrays_of, npz_of

SPEC = AttentionSpec(
    tokens=("the", "cat", "sat", "on", "mat"),
    source="random",
    num_heads=6,
    num_kv_heads=3,
    d_model=17,
    head_dim=7,
    value_dim=2,
    mask="causal",
    positions="rope",
    qk_norm=True,
    score="additive",
    dropout=0.3,
    edits=(Edit("importance", 0, 0, 2, 0.5),),
)


def read(file: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(file), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


@pytest.fixture(scope="module")
def computed() -> LayerTrace:
    return trace(SPEC)


def test_the_file_gives_back_every_array_to_the_bit(computed: LayerTrace) -> None:
    arrays, again = arrays_of(computed), read(npz_of(computed))
    assert list(again) == list(arrays)
    for name, array in arrays.items():
        assert again[name].dtype == array.dtype
        assert again[name].tobytes() == array.tobytes(), name


def test_every_array_has_its_shape(computed: LayerTrace) -> None:
    shapes = {name: array.shape for name, array in arrays_of(computed).items()}
    H, G, T, D, Dv, d_model = 6, 3, 5, 7, 2, 17
    query, key, square, stream = (H, T, D), (G, T, D), (H, T, T), (T, d_model)
    assert shapes == {
        "tokens": (T,),
        "spec": (),
        "dtype": (),
        "token_embedding": stream,
        "position_embedding": stream,
        "angles": (T, D // 2),
        "importance": (T,),
        "x": stream,
        "w_query": (H, d_model, D),
        "w_key": (G, d_model, D),
        "w_value": (G, d_model, Dv),
        "score_query_weight": (H, D, D),
        "score_key_weight": (H, D, D),
        "score_vector": (H, D),
        "w_output": (H * Dv, d_model),
        "projected_query": query,
        "projected_key": key,
        "normed_query": query,
        "normed_key": key,
        "query": query,
        "key": key,
        "value": (G, T, Dv),
        "scores": square,
        "scaled_scores": square,
        "bias": square,
        "mask": square,
        "masked_scores": square,
        "weights": square,
        "dropout_mask": square,
        "dropped_weights": square,
        "head_output": (H, T, Dv),
        "concat": (T, H * Dv),
        "output": stream,
    }


def test_the_matrices_of_each_head_lead_to_its_query(computed: LayerTrace) -> None:
    arrays = arrays_of(computed)
    for name, group in (("query", 1), ("key", 2)):
        for head in range(6):
            made = arrays["x"] @ arrays[f"w_{name}"][head // group]
            np.testing.assert_allclose(made, arrays[f"projected_{name}"][head // group], atol=1e-5)
    np.testing.assert_allclose(arrays["concat"] @ arrays["w_output"], arrays["output"], atol=1e-5)


def test_the_settings_come_along_and_make_the_spec_again(computed: LayerTrace) -> None:
    settings = json.loads(str(arrays_of(computed)["spec"]))
    edits = tuple(Edit(**edit) for edit in settings.pop("edits"))
    assert AttentionSpec(**{**settings, "tokens": tuple(settings["tokens"]), "edits": edits}) == SPEC


@pytest.mark.parametrize(
    ("dtype", "stored", "said"),
    [
        ("float64", np.float64, "float64"),
        ("float32", np.float32, "float32"),
        ("float16", np.float16, "float16"),
        ("bfloat16", np.float32, "bfloat16, stored as float32"),
    ],
)
def test_the_precision_is_the_traces_and_bfloat16_says_how_it_is_stored(dtype: str, stored: type, said: str) -> None:
    computed = trace(dataclasses.replace(SPEC, dtype=dtype))
    arrays = read(npz_of(computed))
    assert arrays["output"].dtype == stored
    assert str(arrays["dtype"]) == said
    np.testing.assert_array_equal(arrays["output"], computed.layer.output[0].double().numpy())


def test_any_token_survives_lone_surrogates_included() -> None:
    tokens = ("\ud800", "\u202e", "a\nb", '"""', "\U0001f600", "", "=1+1")
    arrays = read(npz_of(trace(dataclasses.replace(SPEC, tokens=tokens))))
    assert arrays["tokens"].tolist() == list(tokens)
    assert json.loads(str(arrays["spec"]))["tokens"] == list(tokens)


def test_what_a_setting_does_not_have_is_not_there() -> None:
    arrays = arrays_of(trace(AttentionSpec(tokens=("a", "b"))))
    assert not {"mask", "bias", "angles", "importance", "dropout_mask", "normed_query", "b_query"} & set(arrays)
