"""A whole pretrained model on a text to take along: a script that opens the same weights, and all layers as arrays."""

import dataclasses
import json

import numpy as np
from torch import Tensor

from attnlab.engine import AttentionSpec
from attnlab.export.arrays import npz_file
from attnlab.export.comments import comment
from attnlab.export.data import READER, data_section
from attnlab.looks.pretrained.edited import edited_run
from attnlab.looks.pretrained.layer import PretrainedLayer

SCRIPT = '''"""{title}

{run}
"""

import base64
import zlib

import torch
from torch import Tensor

from attnlab.engine import AttentionSpec, Edit
from attnlab.interventions import edited
from attnlab.pretrained import Token, open_named, reading
from attnlab.pretrained.files.tokens import Read

MODEL = {model}
DTYPE = {dtype}
# {about_tokens}
TOKENS = {tokens}
# {about_changed}
CHANGED = {changed}


{reader}


def difference(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference of two tensors."""
    return float((ours.double() - theirs.double()).abs().max())


def main() -> float:
    model = reading(open_named(MODEL))
    plain = model.traced(Read(TOKENS, 0), DTYPE)
    trace = edited(plain, CHANGED)
    for layer, weights in enumerate(trace.attentions):  # (H, T, T)
        print(f"layer {{layer + 1}}: the last token looks most at tokens {{weights[:, -1].argmax(-1).tolist()}}")
    streams = difference(trace.hidden_states, data("hidden_states"))
    largest = max(streams, difference(trace.attentions[-1], data("last")))
    print(f"largest difference from the app: {{largest:.1g}}")
    return largest


{tensors}

largest = main()
'''


def model_script(layer: PretrainedLayer, spec: AttentionSpec) -> str:
    """The script of a whole model with the edits of all layers.

    Args:
        layer: the one that is shown, with the edits of the others.
        spec: what it computes, with its own edits.

    Returns:
        Python in pure ASCII apart from its comments, which are in the present language. What a user typed is in it as
        literals of strings, and nowhere else.
    """
    ran = edited_run(layer, spec)
    tensors = {"hidden_states": ran.after.hidden_states, "last": ran.after.attentions[-1]}
    return SCRIPT.format(
        title=comment("whole"),
        run=comment("whole_run"),
        about_tokens=comment("whole_tokens"),
        about_changed=comment("whole_changed"),
        model=ascii(layer.name),
        dtype=ascii(layer.dtype),
        tokens=_listed("(", [ascii(token) for token in ran.before.tokens], ")"),
        changed=_listed("{", [f"{number}: {one!a}" for number, one in ran.specs.items()], "}"),
        reader=READER,
        tensors=data_section(tensors, with_bytes=True),
    )


def model_arrays(layer: PretrainedLayer, spec: AttentionSpec) -> bytes:
    """All layers as an NPZ file: `attentions` (L, H, T, T), `hidden_states` (L + 1, T, d_model), the same before edits.

    Args as of `model_script`. `tokens` and `edits` are texts; `attentions_before` and `hidden_states_before` are there
    where something is edited.
    """
    ran = edited_run(layer, spec)
    tensors = {"attentions": ran.after.attentions, "hidden_states": ran.after.hidden_states}
    if ran.specs:
        tensors |= {"attentions_before": ran.before.attentions, "hidden_states_before": ran.before.hidden_states}
    edits = {number + 1: [dataclasses.astuple(edit) for edit in one.edits] for number, one in ran.specs.items()}
    texts = {"tokens": np.array([token.label for token in ran.before.tokens]), "edits": np.array(json.dumps(edits))}
    return npz_file(texts | {name: _array(tensor) for name, tensor in tensors.items()})


def _listed(begin: str, entries: list[str], end: str) -> str:
    """A tuple or a mapping as Python writes it, an entry a line."""
    return "\n".join([begin, *(f"    {entry}," for entry in entries), end])


def _array(tensor: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    return tensor.detach().contiguous().numpy()
