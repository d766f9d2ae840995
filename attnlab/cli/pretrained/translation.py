"""`models NAME --translate`: what an encoder-decoder writes, and where each piece of it looked."""

import torch

from attnlab.cli.terminal.output import one_line, say
from attnlab.cli.terminal.table import table
from attnlab.pretrained import EncoderDecoder

COLUMNS = ("piece", "probability", "looked most at", "weight")


def say_translated(model: EncoderDecoder, text: str, num_beams: int) -> None:
    """The translation, then a row for each of its pieces: its probability, and the source that was looked at most.

    Where it looked is the mean of the last layer's heads of cross-attention.

    Raises:
        SpecError: as `EncoderDecoder.translate`.
    """
    found = model.translate(text, num_beams)
    say(one_line(found.text))
    if found.cut:
        say(f"\nThe last {found.cut} tokens of the text were not read: it takes {model.sizes.longest}.")
    if not found.ended:
        say(f"\nIt did not come to an end within {len(found.ids)} tokens.")
    trace = model.trace(text, found.ids[:-1])
    ids = torch.tensor(found.ids)
    probabilities = trace.logits.softmax(-1)[torch.arange(len(ids)), ids].tolist()
    weights, places = trace.cross_attentions[-1].mean(0).max(-1)
    rows = (
        (one_line(token.label), probability, one_line(trace.source[place].label), weight)
        for token, probability, place, weight in zip(
            model.reader.named(found.ids), probabilities, places.tolist(), weights.tolist(), strict=True
        )
    )
    say("\nPiece by piece, with the source that the last layer looked at most:")
    say(table(COLUMNS, rows))
