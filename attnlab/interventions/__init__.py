"""What follows in a whole model from a change in one of its layers.

    from attnlab.interventions import ablated_heads, nearness, patched_streams
    from attnlab.pretrained import open_model

    model = open_model("minilm")
    clean, other = model.trace("The dog bites the man."), model.trace("The man bites the dog.")
    patched_streams(clean, other, nearness(clean))    # (layers + 1, T), from 0 (as the other) to 1 (as the clean one)
    ablated_heads(clean, nearness(clean))             # (layers, heads), 1 where a head does not matter
    edited(clean, {2: spec, 4: spec}).attentions      # the whole run with edits in two layers

Read in this order: `onwards` (a model that goes on from a layer), `outcomes` (what is looked at in the end), `changes`
(layers that somebody edited), `alignment` (texts of unequal length), `patching`, `ablation`.
"""

from attnlab.interventions.ablation import ablated_heads
from attnlab.interventions.alignment import Counterparts, counterparts
from attnlab.interventions.changes import Changed, changed, compared, edited
from attnlab.interventions.outcomes import Outcome, logit_difference, nearness, next_pieces
from attnlab.interventions.patching import patched_heads, patched_streams

__all__ = [
    "Changed",
    "Counterparts",
    "Outcome",
    "ablated_heads",
    "changed",
    "compared",
    "counterparts",
    "edited",
    "logit_difference",
    "nearness",
    "next_pieces",
    "patched_heads",
    "patched_streams",
]
