"""A whole run with the edits of all layers, beside the run of the model as it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from attnlab.engine import AttentionSpec
from attnlab.interventions import edited
from attnlab.looks.pretrained.layer import PretrainedLayer, edited_spec, opened
from attnlab.pretrained import Trace


@dataclass(frozen=True, eq=False)
class EditedRun:
    """Both runs read the same tokens, in the order in which swaps leave them."""

    before: Trace
    after: Trace
    specs: Mapping[int, AttentionSpec]  # what each edited layer computes, by its number from 0

    @property
    def first(self) -> int:
        """The first layer that is edited, from 0; the last one of the model if none is."""
        return min(self.specs, default=len(self.before.blocks) - 1)


def edited_run(layer: PretrainedLayer, spec: AttentionSpec) -> EditedRun:
    """The model with all that was set by hand.

    Args:
        layer: the one that is shown, with the edits of the others, and what is read, as it was typed.
        spec: what it computes, with its own edits.

    Raises:
        SpecError: as `opened` and the engine.
    """
    model, read = opened(layer.name), layer.swapped_read(spec.applied)
    before = model.traced(read, layer.dtype)
    others = layer.whole(()).others
    made = {number: edited_spec(layer.name, read, layer.dtype, edits) for number, edits in others}
    if is_changed(spec):
        made[layer.layer] = spec
    specs = {number: made[number] for number in sorted(made) if number < len(before.blocks)}
    return EditedRun(before, edited(before, specs), specs)


def is_changed(spec: AttentionSpec) -> bool:
    """Whether a layer computes something else than its model does: swaps change what it reads."""
    plain = AttentionSpec(
        tokens=spec.tokens,
        source=spec.source,
        num_heads=spec.num_heads,
        num_kv_heads=spec.num_kv_heads,
        d_model=spec.d_model,
        head_dim=spec.head_dim,
        value_dim=spec.value_dim,
        positions=spec.positions,
        mask=spec.mask,
        seed=spec.seed,
        dtype=spec.dtype,
        device=spec.device,
        edits=tuple(edit for edit in spec.edits if edit.stage == "swap"),
    )
    return spec != plain
