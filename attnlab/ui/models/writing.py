"""What a model that says the next piece writes behind the text. Made only while somebody looks."""

import streamlit as st
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.looks.layers import Asked
from attnlab.looks.pretrained.layer import opened
from attnlab.looks.pretrained.says import pretrained_layer
from attnlab.looks.pretrained.writing import Pieces, pieces_written, writes
from attnlab.pictures.writing import Line, Said, offers, written_payload
from attnlab.pretrained import Model
from attnlab.prose import name_of, page_prose
from attnlab.settings.writing import OF_PIECES, Writing
from attnlab.ui.canvases.writing import writing
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.refusals import control_labels, refusal_sentence
from attnlab.ui.kit.session import rerun, values_now

COLOR = "#0072b2"


def writing_view(wanted: Asked, fragment: str) -> None:
    """A drawer with the text as the model goes on with it; nothing for a model that does not.

    Args:
        wanted: the layer and head on the stage.
        fragment: that runs again on a change.
    """
    layer = pretrained_layer(wanted)
    if layer is None or not writes(layer):
        return
    words = page_prose("writing")
    said = words["pieces"]
    drawer = st.expander(said["title"], key="models_writing", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        model = opened(layer.name)
        st.caption(said["line"].format(layers=model.sizes.num_layers))
        draw = Drawing(OF_PIECES, words, on_change=rerun, args=(fragment,), shared=Writing.link_prefix)
        draw.row("w_temperature", "w_top_k", "w_top_p", "w_pieces", "w_seed", key="pieces_row")
        asked = Writing.of(values_now(OF_PIECES))
        try:
            with st.spinner(said["writing"].format(count=asked.pieces)):
                found = pieces_written(layer, asked.pieces, asked.cuts, asked.seed)
        except SpecError as error:
            st.error(refusal_sentence(error, control_labels(OF_PIECES, words["controls"])))
            return
        at, head = layer.layer, wanted.selection["head"]
        line = _line(name_of("model", layer.name), model, found, at, head)
        measures = [said["all_heads"], said["this_head"].format(layer=at + 1, head=head + 1)]
        writing(written_payload([line], measures, words["canvas"]), key="pieces_written")
        st.caption(said["sink"])


def _line(name: str, model: Model, found: Pieces, layer: int, head: int) -> Line:
    length = len(found.prompt)

    def looked(place: int) -> tuple[Tensor | None, ...]:
        weights = found.attention[place, ..., : length + place].float()
        return weights.mean((0, 1)), weights[layer, head]

    said = tuple(
        Said(piece, offers(token, model.reader.written), looked(place), 0)
        for place, (piece, token) in enumerate(zip(found.pieces, found.written, strict=True))
    )
    return Line(name, COLOR, "", tuple((piece, True) for piece in found.prompt), said)
