"""One repaint of the blocks page, packed (see `packing`): a summary of the whole stack, and the open part in full."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine.stack import SideName, StackTrace, written_share
from attnlab.looks.stacks import AskedStack
from attnlab.pictures.catalogue import mathml
from attnlab.pictures.packing import Packable, packed
from attnlab.pictures.stacks.opened import Contents, contents_of
from attnlab.pictures.stacks.places import Place, Row, part_of, places_of, rows_of, words_of
from attnlab.pictures.wide import Line, fits, fitted
from attnlab.prose import counted, once_a_language, page_prose
from attnlab.settings.lab.blocks import Blocks, cell_of

THUMBNAIL_PIXELS = 14  # a longer text is pooled to this, keeping the strongest weight of each square
MOST_OPEN_BYTES = 700_000
"""Of the open part's matrices; beyond, the largest are sent as they look, and their lines come on demand (`wide`)."""
OF_LINES = "blocks_lines"
"""What `/picture` is asked for then."""
TOP = 5  # tokens that are named as probable


def blocks_selection(settings: Blocks, trace: StackTrace) -> dict[str, Any]:
    """What is looked at, within what the stack has; counted from 0 as the engine counts."""
    values = settings.values()
    asked = {side: values[name] for side, name in _tokens_in_link(trace).items()}
    return {
        "open": settings.open if settings.open in places_of(trace) else "",
        "tokens": {side: min(token, len(trace.inputs.tokens(side))) - 1 for side, token in asked.items()},
        "head": settings.head - 1,
        "cell": cell_of(settings.cell),
    }


def _tokens_in_link(trace: StackTrace) -> dict[SideName, str]:
    """The setting with the followed token of each side: a stack that stands alone reads the source."""
    names: dict[SideName, str] = dict.fromkeys(trace.inputs.sides, "stack_source_token")
    return names | {"decoder": "stack_target_token"} if len(names) == 2 else names


def stack_picture(asked: AskedStack) -> bytes:
    """The payload of what the page's settings ask for: the same whether a run draws it or `/picture` ahead of it."""
    trace = asked.trace()
    return blocks_payload(trace, blocks_selection(asked.settings, trace), asked.params, asked.link)


def stack_lines(asked: AskedStack, lines: Sequence[Line]) -> bytes:
    """Rows and columns of the open part's matrices, exact, each by its own name.

    Raises:
        SpecError: a line of no matrix; and as `AskedStack.trace`.
    """
    trace = asked.trace()
    selection = blocks_selection(asked.settings, trace)
    place = places_of(trace).get(selection["open"])
    arrays = {} if place is None else _open_arrays(contents_of(trace, place, selection["head"]))
    return packed({}, {str(line): line.of(arrays) for line in lines})


def blocks_payload(
    trace: StackTrace, selection: Mapping[str, Any], params: Mapping[str, Any], link: str | None = None
) -> bytes:
    """Pack what the diagram draws.

    Args:
        trace: the computed stack.
        selection: from `blocks_selection`.
        params: the page's settings, for `data-params`.
        link: what asks for more of the picture; without one the open part is sent whole, however large.
    """
    words, summary = page_prose("blocks")["picture"], _summary(trace)
    header = {
        "selection": dict(selection),
        "params": dict(params),
        "plan": summary.plan,
        "diagram": summary.content,
        "sides": summary.sides,
        "link": _tokens_in_link(trace),
        "top": summary.top,
        "opened": None,
        "words": {name: said for name, said in words.items() if name not in ("parts", "matrices")}
        | {"legend": page_prose("attention")["stage"]["legend"]},
    }
    arrays: dict[str, Packable] = dict(summary.arrays)
    place = places_of(trace).get(selection["open"])
    if place is not None:
        contents = contents_of(trace, place, selection["head"])
        header["opened"] = _opened(trace, place, contents, words)
        own = _open_arrays(contents)
        if link is not None and not fits(own.values(), MOST_OPEN_BYTES):
            header["more"] = {"link": link, "of": OF_LINES}
            arrays |= fitted(own, MOST_OPEN_BYTES)
        else:
            arrays |= own
        if contents.weights is not None:
            arrays["open:heads"] = _thumbnails(contents.weights)
    return packed(header, arrays, revised_by=("params", "selection"))


def _open_arrays(contents: Contents) -> dict[str, Tensor]:
    return {f"open:{shown.name}": shown.matrix for shown in contents.matrices}


# ---- the whole stack -------------------------------------------------------------------------------------------------


class _Summary:
    """What the diagram shows of every part."""

    def __init__(self, trace: StackTrace) -> None:
        words = page_prose("blocks")["picture"]
        self.sides = [_side(trace, side, words) for side in trace.inputs.sides]
        self.arrays: dict[str, Tensor] = {}
        for side in trace.inputs.sides:
            sizes = []
            for _, row in rows_of(trace, side):
                part = part_of(trace, row.body)
                if part is None:
                    continue
                found = written_share(part)
                sizes += [found.x, found.written, found.output, found.cosine]
                if part.attention is not None:
                    self.arrays[f"heads:{row.body.path}"] = _thumbnails(part.attention.heads.weights[0])
            self.arrays[f"sizes:{side}"] = torch.stack(sizes).float()
        self.top = _top(trace)
        self.plan = _name(json.dumps(self.sides).encode())
        self.content = _name(*(array.cpu().float().contiguous().numpy().tobytes() for array in self.arrays.values()))


def _name(*parts: bytes) -> str:
    """Of a content: another content has another name."""
    return hashlib.blake2b(b"".join(parts), digest_size=8).hexdigest()


@once_a_language(16)
def _summary(trace: StackTrace) -> _Summary:
    return _Summary(trace)


def _thumbnails(weights: Tensor) -> Tensor:
    """(H, T, S) -> (H * P, Q), P and Q at most THUMBNAIL_PIXELS."""
    rows, cols = (min(size, THUMBNAIL_PIXELS) for size in weights.shape[-2:])
    if (rows, cols) != weights.shape[-2:]:
        weights = F.adaptive_max_pool2d(weights.float(), (rows, cols))
    return weights.flatten(0, 1)


def _top(trace: StackTrace) -> list[list[tuple[str, float]]]:
    """For each token what is most probable after it."""
    if not trace.inputs.vocabulary:
        return [[] for _ in trace.final[0]]
    shares = torch.softmax(trace.logits[0].float(), -1).nan_to_num()  # numbers may have overflowed
    best = shares.topk(min(TOP, shares.shape[-1]))
    vocabulary = trace.inputs.vocabulary
    return [
        [(vocabulary[index], share) for index, share in zip(places, found, strict=True)]
        for places, found in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]


def _side(trace: StackTrace, side: SideName, words: Mapping[str, Any]) -> dict[str, Any]:
    groups: list[dict[str, Any]] = []
    sized = 0
    for block, row in rows_of(trace, side):
        if not groups or groups[-1]["block"] != block:
            title = "" if block is None else words["block"].format(number=block + 1)
            groups.append({"block": block, "title": title, "rows": []})
        groups[-1]["rows"].append(_row(trace, row, words) | {"sizes": None if block is None else sized})
        sized += block is not None
    return {"side": side, "title": words["sides"][side], "tokens": trace.inputs.tokens(side), "groups": groups}


def _row(trace: StackTrace, row: Row, words: Mapping[str, Any]) -> dict[str, Any]:
    body, roles = row.body, [piece.role for piece in row.pieces]
    part = part_of(trace, body)
    attention = None if part is None else part.attention
    return {
        "path": body.path,
        "kind": body.name if part is None else "part",
        "order": "pre" if roles[0] == "norm" else "post" if roles[-1] == "norm" else "bare",
        "residual": trace.inputs.switches.residual,
        "reads": body.name == "cross_attention",
        "heads": 0 if attention is None else attention.projections.num_heads,
        "pieces": [_piece(trace, piece, words) for piece in row.pieces],
    }


def _piece(trace: StackTrace, piece: Place, words: Mapping[str, Any]) -> dict[str, str]:
    told = words_of(trace, piece, words)
    spoken = words["spoken" if piece.block is None else "spoken_block"]
    number = 0 if piece.block is None else piece.block + 1
    return {
        "path": piece.path,
        "role": piece.role,
        "name": told["name"],
        "line": told["line"],
        "shape": _shape(trace, piece),
        "spoken": spoken.format(name=told["name"], side=words["sides"][piece.side], number=number),
    }


def _shape(trace: StackTrace, piece: Place) -> str:
    """The live shape of what a piece computes."""
    tokens = len(trace.inputs.tokens(piece.side))
    width = trace.final.shape[-1]
    part = part_of(trace, piece)
    if part is None or piece.role != "body":
        return f"{tokens}×{trace.logits.shape[-1] if piece.name == 'logits' else width}"
    if part.attention is not None:
        return "×".join(map(str, part.attention.heads.weights.shape[1:]))
    units = 0 if part.feed_forward is None else part.feed_forward.activation.shape[-1]
    return f"{tokens}×{width} → {tokens}×{units}"


# ---- the open part ---------------------------------------------------------------------------------------------------


def _opened(trace: StackTrace, place: Place, contents: Contents, words: Mapping[str, Any]) -> dict[str, Any]:
    told = words_of(trace, place, words)
    own = trace.inputs.tokens(place.side)
    crossing = place.name == "cross_attention"
    return {
        "path": place.path,
        "side": place.side,
        "kind": contents.kind,
        "result": contents.result,
        "facts": dict(contents.facts),
        "title": told["name"],
        "line": told["line"],
        "note": _note(contents, words),
        "mathml": mathml(told["formula"]),
        "tokens": {
            "rows": own,
            "keys": trace.inputs.tokens("encoder") if crossing else own,
            "vocabulary": trace.inputs.vocabulary,
        },
        "matrices": [
            {"name": shown.name, "rows": shown.rows, "cols": shown.cols, "share": shown.share, "beside": number}
            | words["matrices"][shown.words or shown.name]
            for number, line in enumerate(contents.lines)
            for shown in line
        ],
    }


def _note(contents: Contents, words: Mapping[str, Any]) -> str:
    facts = contents.facts
    if contents.kind == "feed_forward":
        return counted(words["dead_units"], facts["dead"], total=facts["units"])
    if "dropped" in facts:
        return counted(words["dropped"], facts["dropped"], total=facts["numbers"])
    return ""
