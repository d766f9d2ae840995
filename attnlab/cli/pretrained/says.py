"""`models NAME --predict` and `--similar`: what a model says after each layer, and how alike it finds texts."""

from collections.abc import Sequence

from attnlab.cli.terminal.output import one_line, say
from attnlab.cli.terminal.table import Cell, table
from attnlab.pretrained import Model
from attnlab.pretrained.says import guesses, score_of, sentence_vector, similarities, streams

COUNT = 5
"""Pieces that are told of the last layer."""
TOLD = {
    "probability": "The likeliest next piece after the last token:",
    "masked": "The likeliest piece at each token:",
    "cosine": "The nearest pieces to each token:",
}


def say_predicted(model: Model, text: str) -> None:
    """The likeliest or nearest pieces in the end, and the first of them after each layer.

    Raises:
        SpecError: a text without anything to read.
    """
    trace, score = model.trace(text), score_of(model)
    depths = streams(model, trace)
    last = depths[-1][-1:] if score == "probability" else depths[-1]
    tokens = trace.tokens[-1:] if score == "probability" else trace.tokens
    say(TOLD[score])
    rows = (
        (one_line(token.label), *(cell for one in found for cell in (one_line(one.piece), one.score)))
        for token, found in zip(tokens, guesses(model, last, COUNT), strict=True)
    )
    say(table(("token", *(name for at in range(COUNT) for name in (str(at + 1), score))), rows))
    say("\nAfter each layer, the first of them at each token:")
    words = [guesses(model, stream, 1) for stream in depths]
    by_layer = ((str(depth), *(one_line(found[0].piece) for found in row)) for depth, row in enumerate(words))
    say(table(("layer", *(one_line(token.label) for token in trace.tokens)), by_layer))


def say_similar(model: Model, texts: Sequence[str]) -> None:
    """The cosine of each two texts' vectors.

    Raises:
        SpecError: a text without anything to read.
    """
    found = similarities([sentence_vector(streams(model, model.trace(text))[-1]) for text in texts])
    numbered = enumerate(zip(texts, found.tolist(), strict=True), 1)
    rows: list[Sequence[Cell]] = [(f"{number} {one_line(text)}", *row) for number, (text, row) in numbered]
    say(table(("text", *(str(number + 1) for number in range(len(texts)))), rows))
