"""What theory says of the work: multiply-adds exactly as they are computed here, and their order.

FLOPs count a multiply-add as two, as `torch.utils.flop_counter` does.
"""

from attnlab.costs.mechanisms import MECHANISMS, MechanismName
from attnlab.costs.sizes import Sizes, WorkName

BACKWARD = 2
"""Forward passes that a backward pass is worth: one product for the inputs, one for the weights."""


def multiply_adds(name: MechanismName, work: WorkName, sizes: Sizes) -> int:
    """Multiply-adds of all matrix products of a layer; softmax, gates and sums aside.

    Args:
        name: of the mechanism.
        work: a forward pass, with gradients, or seq_len tokens written one by one.
        sizes: of the layer and the text.
    """
    tokens, mechanism = range(1, sizes.seq_len + 1), MECHANISMS[name]
    if work == "generation":
        return sum(mechanism.newest(sizes, position) for position in tokens)
    if work == "generation_uncached":
        return sum(mechanism.forward(sizes, position) for position in tokens)
    return mechanism.forward(sizes, sizes.seq_len) * (1 + BACKWARD if work == "training" else 1)


def operations(name: MechanismName, work: WorkName, sizes: Sizes) -> int:
    """FLOPs."""
    return 2 * multiply_adds(name, work, sizes)


def order_of(name: MechanismName, work: WorkName) -> str:
    """Such as "n²·d + n·d²": n tokens, d the width, w a window, k taps, h heads.

    Without a cache each token costs what all before it cost, n times as much; torch's own layer has no cache, but asks
    with the newest token alone.
    """
    order = MECHANISMS[name].order
    if work == "generation" and name == "torch":
        return "n²·d + n²·d²"
    if work != "generation_uncached":
        return order
    return " + ".join(f"n³·{term[3:]}" if term.startswith("n²·") else _times_n(term) for term in order.split(" + "))


def _times_n(term: str) -> str:
    return term.replace("n·", "n²·", 1)


def sequential_of(name: MechanismName, work: WorkName) -> str:
    """Steps that must wait for each other; a text that is written word by word waits for each word."""
    return "n" if work.startswith("generation") else MECHANISMS[name].sequential
