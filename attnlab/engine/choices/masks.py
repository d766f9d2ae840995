"""Which keys a query may attend to.

A mask is a boolean tensor, True = *may attend*, broadcastable to (B, H, T, S), as in
`F.scaled_dot_product_attention`. Masks are small functions that compose: `all_of(causal_mask(T), padding)`.
"""

import torch
from torch import Tensor

from attnlab.engine.seeds import generator


def _positions(num_queries: int, num_keys: int, offset: int, device: torch.device | None) -> tuple[Tensor, Tensor]:
    rows = torch.arange(offset, offset + num_queries, device=device).unsqueeze(-1)  # (T, 1)
    columns = torch.arange(num_keys, device=device)  # (S,)
    return rows, columns


def full_mask(num_queries: int, num_keys: int | None = None, *, device: torch.device | None = None) -> Tensor:
    """(T, S) of True: every query sees every key."""
    return torch.ones(num_queries, num_queries if num_keys is None else num_keys, dtype=torch.bool, device=device)


def causal_mask(
    num_queries: int, num_keys: int | None = None, *, offset: int = 0, device: torch.device | None = None
) -> Tensor:
    """(T, S): a query sees the keys up to its own position.

    Args:
        num_queries: T.
        num_keys: S; T if left out.
        offset: position of the first query. 0 aligns the two sequences at their start, as torch's `is_causal`
            does; S - T aligns them at their end, as decoding with a key cache does.
        device: where to build it.

    Source: Vaswani et al. 2017, section 3.2.3, https://arxiv.org/abs/1706.03762
    """
    rows, columns = _positions(num_queries, num_queries if num_keys is None else num_keys, offset, device)
    return columns <= rows


def window_mask(
    num_queries: int,
    num_keys: int | None = None,
    *,
    window: int,
    offset: int = 0,
    device: torch.device | None = None,
) -> Tensor:
    """(T, S): a query sees keys fewer than `window` steps away, on both sides; a window of 1 is itself alone.

    Raises:
        ValueError: window is below 1.

    Source: Beltagy et al. 2020 (Longformer), section 3.1, https://arxiv.org/abs/2004.05150; there a window
    of size w reaches w/2 to each side.
    """
    if window < 1:
        raise ValueError(f"window ({window}) must be at least 1")
    rows, columns = _positions(num_queries, num_queries if num_keys is None else num_keys, offset, device)
    return (rows - columns).abs() < window


def padding_mask(is_padding: Tensor) -> Tensor:
    """Hides padded keys from every query.

    Args:
        is_padding: bool (B, S) or (S,); True where the key is padding. `nn.MultiheadAttention` calls this
            `key_padding_mask`.

    Returns:
        bool (B, 1, 1, S) or (1, S), True = may attend.
    """
    if is_padding.dtype != torch.bool:
        raise ValueError(f"is_padding (dtype {is_padding.dtype}) must be bool")
    visible = ~is_padding
    return visible[:, None, None, :] if visible.ndim == 2 else visible.unsqueeze(0)


def all_of(*masks: Tensor) -> Tensor:
    """A key is seen if every mask lets it be seen. Shapes broadcast."""
    first, *others = masks
    for mask in others:
        first = first & mask
    return first


def any_of(*masks: Tensor) -> Tensor:
    """A key is seen if at least one mask lets it be seen. Shapes broadcast."""
    first, *others = masks
    for mask in others:
        first = first | mask
    return first


def dilated_mask(
    num_queries: int,
    num_keys: int | None = None,
    *,
    window: int,
    dilation: int,
    offset: int = 0,
    device: torch.device | None = None,
) -> Tensor:
    """(T, S): a window with gaps: a query sees keys 0, dilation, 2 * dilation, ... away, `window` a side.

    Raises:
        ValueError: window or dilation is below 1.

    Source: Beltagy et al. 2020 (Longformer), section 3.1, https://arxiv.org/abs/2004.05150
    """
    if window < 1 or dilation < 1:
        raise ValueError(f"window ({window}) and dilation ({dilation}) must be at least 1")
    rows, columns = _positions(num_queries, num_queries if num_keys is None else num_keys, offset, device)
    distance = (rows - columns).abs()
    return (distance % dilation == 0) & (distance < window * dilation)


def block_mask(
    num_queries: int, num_keys: int | None = None, *, block: int, offset: int = 0, device: torch.device | None = None
) -> Tensor:
    """(T, S): the sequence is cut into blocks, and a query sees the keys of its own block.

    Raises:
        ValueError: block is below 1.

    Source: Qiu et al. 2020 (Blockwise), section 3, https://arxiv.org/abs/1911.02972
    """
    if block < 1:
        raise ValueError(f"block ({block}) must be at least 1")
    rows, columns = _positions(num_queries, num_queries if num_keys is None else num_keys, offset, device)
    return rows // block == columns // block


def global_mask(
    num_queries: int, num_keys: int | None = None, *, count: int, offset: int = 0, device: torch.device | None = None
) -> Tensor:
    """(T, S): the first `count` tokens see everything and are seen by all; nothing else is seen.

    Longformer is a window *or* this.

    Raises:
        ValueError: count is below 0.

    Source: Beltagy et al. 2020 (Longformer), section 3.1, https://arxiv.org/abs/2004.05150
    """
    if count < 0:
        raise ValueError(f"count ({count}) must be at least 0")
    rows, columns = _positions(num_queries, num_queries if num_keys is None else num_keys, offset, device)
    return (rows < count) | (columns < count)


def random_blocks_mask(
    num_queries: int,
    num_keys: int | None = None,
    *,
    block: int,
    count: int,
    seed: int,
    offset: int = 0,
    device: torch.device | None = None,
) -> Tensor:
    """(T, S): a query sees its own block and `count` other blocks drawn at random, the same for its whole block.

    BigBird is this *or* a window *or* global tokens.

    Raises:
        ValueError: block is below 1, or count below 0.

    Source: Zaheer et al. 2020 (BigBird), section 2 and appendix D, https://arxiv.org/abs/2007.14062
    """
    if block < 1 or count < 0:
        raise ValueError(f"block ({block}) must be at least 1, count ({count}) at least 0")
    rows, columns = _positions(num_queries, num_queries if num_keys is None else num_keys, offset, device)
    seen = block_mask(num_queries, num_keys, block=block, offset=offset, device=device)
    num_blocks = -(-columns.numel() // block)
    for own in sorted(set((rows // block).flatten().tolist())):
        # A number a block: a longer sentence draws further numbers, and its blocks mostly keep those they had chosen.
        order = torch.rand(num_blocks, generator=generator(seed, "random blocks", own)).argsort()
        chosen = [other for other in order.tolist() if other != own][:count]
        seen = seen | ((rows // block == own) & torch.isin(columns // block, torch.tensor(chosen, device=device)))
    return seen


def prefix_mask(
    num_queries: int, num_keys: int | None = None, *, prefix: int, offset: int = 0, device: torch.device | None = None
) -> Tensor:
    """(T, S): causal, except that the first `prefix` keys are seen by all.

    Raises:
        ValueError: prefix is below 0.

    Source: Raffel et al. 2020 (T5), section 3.2.1, https://arxiv.org/abs/1910.10683
    """
    if prefix < 0:
        raise ValueError(f"prefix ({prefix}) must be at least 0")
    rows, columns = _positions(num_queries, num_queries if num_keys is None else num_keys, offset, device)
    return (columns <= rows) | (columns < prefix)
