"""Layers that are measured: token by token as at once; and formulas that are what torch counts."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from attnlab.costs import MECHANISMS, WORKS, MechanismName, Sizes, Task, WorkName, multiply_adds, operations, order_of
from attnlab.costs.formulas import sequential_of
from attnlab.costs.measurement.measuring import counted_flops, stream, work_of, written, written_again

CPU = torch.device("cpu")
SIZES = [
    Sizes(seq_len=29, d_model=24, num_heads=6, num_kv_heads=3, window=5),
    Sizes(seq_len=3, d_model=24, num_heads=6, window=5),
    Sizes(seq_len=1, d_model=24, num_heads=1, window=1),
    Sizes(seq_len=37, d_model=34, num_heads=1, window=37),
]
every_mechanism = pytest.mark.parametrize("name", MECHANISMS)
every_work = pytest.mark.parametrize("work", WORKS)


def counted(name: MechanismName, work: WorkName, sizes: Sizes) -> int:
    """FLOPs as torch counts them where no kernel hides them: attention is spelled out."""
    with sdpa_kernel(SDPBackend.MATH):
        return counted_flops(work_of(Task(name, work, sizes), CPU))


def of(name: MechanismName, sizes: Sizes) -> Sizes:
    """torch's own layer has no grouped heads."""
    return Sizes(sizes.seq_len, sizes.d_model, sizes.num_heads, None, sizes.window) if name == "torch" else sizes


@every_mechanism
@pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: str(sizes.seq_len))
def test_one_token_at_a_time_gives_what_the_whole_text_gives(name: MechanismName, sizes: Sizes) -> None:
    layer, x = MECHANISMS[name].build(of(name, sizes)), stream(sizes)
    with torch.no_grad():
        whole = layer(x)
    assert whole.shape == x.shape
    torch.testing.assert_close(written(layer, x), whole, atol=2e-6, rtol=1e-5)
    torch.testing.assert_close(written_again(layer, x), whole, atol=2e-6, rtol=1e-5)


@every_mechanism
def test_no_output_sees_a_later_token(name: MechanismName) -> None:
    sizes = of(name, SIZES[0])
    layer, x = MECHANISMS[name].build(sizes), stream(sizes)
    changed = x.clone()
    changed[:, 17] += 1
    with torch.no_grad():
        before, after = layer(x), layer(changed)
    torch.testing.assert_close(before[:, :17], after[:, :17], atol=2e-6, rtol=1e-5)
    assert float((before[:, 17] - after[:, 17]).abs().max()) > 1e-3


def test_traced_and_fused_attention_are_one_layer() -> None:
    traced, fused = (MECHANISMS[name].build(SIZES[0]) for name in ("traced", "fused"))  # type: ignore[index]
    fused.load_state_dict(traced.state_dict())
    x = stream(SIZES[0])
    torch.testing.assert_close(traced(x), fused(x))


@every_mechanism
@every_work
@pytest.mark.parametrize("sizes", SIZES[:2], ids=lambda sizes: str(sizes.seq_len))
def test_a_formula_is_what_torch_counts(name: MechanismName, work: WorkName, sizes: Sizes) -> None:
    sizes = of(name, sizes)
    if name == "lstm":  # one operation to torch: counted by hand below
        return
    found, told = counted(name, work, sizes), operations(name, work, sizes)
    if (name, work) == ("gru", "training"):  # nobody asks for the gradient of the first state
        assert 0 <= told - found <= 2 * 3 * sizes.d_model**2
    else:
        assert found == told


def test_an_lstm_multiplies_by_four_gates() -> None:
    sizes = Sizes(seq_len=7, d_model=5, num_heads=1)
    weights = sum(each.numel() for each in MECHANISMS["lstm"].build(sizes).parameters() if each.dim() == 2)
    assert multiply_adds("lstm", "forward", sizes) == 7 * weights == 7 * 8 * 25


def test_formulas_by_hand() -> None:
    sizes = Sizes(seq_len=10, d_model=8, num_heads=4, window=3)
    assert multiply_adds("fused", "forward", sizes) == 10 * 4 * 64 + 2 * 100 * 8
    assert multiply_adds("fused", "training", sizes) == 3 * multiply_adds("fused", "forward", sizes)
    assert multiply_adds("fused", "generation", sizes) == 10 * 4 * 64 + 2 * 55 * 8
    assert multiply_adds("traced", "generation_uncached", sizes) == 55 * 4 * 64 + 2 * 385 * 8
    assert multiply_adds("window", "forward", sizes) == 10 * 4 * 64 + 2 * 8 * 4 * 3 * 6
    grouped = Sizes(seq_len=10, d_model=8, num_heads=4, num_kv_heads=1)
    assert multiply_adds("fused", "forward", grouped) == 10 * (2 * 64 + 2 * 8 * 2) + 2 * 100 * 8


@every_mechanism
@every_work
def test_the_order_is_that_of_the_formula_in_the_long_run(name: MechanismName, work: WorkName) -> None:
    few, many = (multiply_adds(name, work, Sizes(seq_len=n, d_model=8, num_heads=1, window=16)) for n in (2048, 4096))
    highest = max(3 if "n³" in term else 2 if "n²" in term else 1 for term in order_of(name, work).split(" + "))
    assert 2 ** (highest - 0.15) < many / few < 2 ** (highest + 0.05)


@every_mechanism
def test_what_is_written_word_by_word_waits_for_each_word(name: MechanismName) -> None:
    assert sequential_of(name, "generation") == sequential_of(name, "generation_uncached") == "n"
    assert sequential_of(name, "forward") == ("n" if name in {"lstm", "gru"} else "1")


def broken(layer: Any, scale: float) -> Callable[[Tensor], Tensor]:
    """The same layer with a state that forgets."""
    original = layer.step

    def step(newest: Tensor, kept: Any = None) -> Any:
        output, state = original(newest, kept)
        return output, state * scale

    layer.step = step
    return layer  # type: ignore[no-any-return]


def test_a_state_that_forgets_is_found_out() -> None:
    layer, x = MECHANISMS["linear"].build(SIZES[0]), stream(SIZES[0])
    with torch.no_grad():
        whole = layer(x)
    # Scaled sums alone would cancel: what is lost is told apart from what is added anew.
    forgetful = written(broken(layer, 0.5), x)
    assert float((forgetful - whole).abs().max()) > 1e-3
