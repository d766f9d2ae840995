"""`models`: pretrained models that can be opened here, and how far they are from the reference."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from attnlab.cli.pretrained.interventions import say_ablated, say_patched
from attnlab.cli.pretrained.models_fetch import FETCH, say_fetched
from attnlab.cli.pretrained.says import say_predicted, say_similar
from attnlab.cli.pretrained.translation import say_translated
from attnlab.cli.terminal.output import say
from attnlab.cli.terminal.table import Cell, table
from attnlab.engine import SpecError
from attnlab.pretrained import EncoderDecoder, Model, installed, open_model, reading, translating
from attnlab.pretrained.files.sizes import Sizes
from attnlab.pretrained.files.weights import MEGABYTE, weights_size
from attnlab.pretrained.hub.cache import commit_of
from attnlab.pretrained.pairs.pair_reference import PairDifference, pair_differences
from attnlab.pretrained.reference import REFERENCE, Difference, differences, has_reference

COLUMNS = ("model", "architecture", "layers", "heads", "d_model", "vocabulary", "tokens", "MB", "note")
SHOWN_COMMIT = 12
DIFFERENCE_COLUMNS = ("layer", "attention", "hidden state", "largest")
PAIR_COLUMNS = ("side", "layer", "attention", "cross", "hidden state", "largest")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which models, and whether they are compared."""
    about = (
        "an installed model, the id of one that was fetched, or a folder with config.json, tokenizer.json, "
        f"model.safetensors; all that are here if left out; `{FETCH} org/name@revision` brings one of the hub here"
    )
    parser.add_argument("names", metavar="NAME", nargs="*", help=about)
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--check", action="store_true", help=f"compare each layer with {REFERENCE}, if it is installed")
    asked.add_argument("--ablate", metavar="TEXT", help="of one model that is named: what is lost without each head")
    about_patch = "of one model that is named: pieces of its run on the first text put into that on the second"
    about_predict = "of one model that is named: what it says of a text, in the end and after each layer"
    asked.add_argument("--predict", metavar="TEXT", help=about_predict)
    about_translate = "of one encoder-decoder that is named: what it writes, and where each piece of it looked"
    asked.add_argument("--translate", metavar="TEXT", help=about_translate)
    about_similar = "of one model that is named: how alike it finds texts"
    asked.add_argument("--similar", metavar="TEXT", nargs="+", help=about_similar)
    asked.add_argument("--patch", metavar=("TEXT", "OTHER"), nargs=2, help=about_patch)
    parser.add_argument("--beams", type=int, metavar="N", help="of --translate: hypotheses side by side")


def run(options: argparse.Namespace) -> int:
    """Print the models, and how far each layer is from the reference; or fetch some.

    Raises:
        SpecError: a model that is named cannot be opened, or the reference is not installed; heads or runs of none or
            several models are asked for, and as what is asked of one model, or as `planned`.
        OSError: as `fetch`.
    """
    asked = (options.ablate, options.patch, options.predict, options.similar, options.translate)
    if options.names[:1] == [FETCH]:
        if options.check or any(one is not None for one in asked):
            message = f"names ({FETCH}) must stand alone: what is fetched can be asked by the next command"
            raise SpecError("names", "beside", message, got=FETCH, other="check", of="given")
        return say_fetched(options.names[1:])
    if options.beams is not None and options.translate is None:
        message = f"beams ({options.beams}) must be left out without --translate"
        raise SpecError("beams", "beside", message, got=options.beams, other="translate", of=None)
    if any(one is not None for one in asked):
        return _of_one(options)
    if options.check and not has_reference():
        message = f"check needs {REFERENCE}, which is not installed here: pip install -r requirements-dev.txt"
        raise SpecError("check", "missing", message)
    if options.names:
        models = [open_model(name) for name in options.names]
        say(table(COLUMNS, map(model_row, models)))
    else:
        opened = {name: _opened_or_why(name) for name in installed()}
        models = [model for model in opened.values() if not isinstance(model, SpecError)]
        say(
            table(
                COLUMNS,
                (
                    _refused(name, found) if isinstance(found, SpecError) else model_row(found)
                    for name, found in opened.items()
                ),
            )
        )
    if options.check:
        for model in models:
            say(f"\n{model.name}: the largest difference from {REFERENCE} in float32, five texts")
            if isinstance(model, EncoderDecoder):
                say(table(PAIR_COLUMNS, pair_rows(pair_differences(model))))
            else:
                say(table(DIFFERENCE_COLUMNS, difference_rows(differences(model))))
    return 0


def _of_one(options: argparse.Namespace) -> int:
    if len(options.names) != 1:
        asked = "--ablate, --patch, --predict, --similar and --translate"
        message = f"names ({len(options.names)}) must be one model beside {asked}"
        raise SpecError("names", "missing", message)
    opened = open_model(options.names[0])
    if options.translate is not None:
        say_translated(translating(opened), options.translate, 1 if options.beams is None else options.beams)
        return 0
    model = reading(opened)
    if options.predict is not None:
        say_predicted(model, options.predict)
    elif options.similar is not None:
        say_similar(model, options.similar)
    elif options.patch is not None:
        say_patched(model, *options.patch)
    else:
        say_ablated(model, options.ablate)
    return 0


def model_row(model: Model | EncoderDecoder) -> tuple[Cell, ...]:
    """One model and its sizes; those of both halves where it has two."""
    folder = model.folder
    megabytes = None if folder is None else round(_weights_bytes(folder) / MEGABYTE)
    commit = None if folder is None or folder.is_file() else commit_of(folder)
    note = None if commit is None else f"commit {commit[:SHOWN_COMMIT]}"
    halves = (model.sizes.encoder, model.sizes.decoder) if isinstance(model, EncoderDecoder) else (model.sizes,)
    layers, heads = ([half.num_layers for half in halves], [half.num_heads for half in halves])
    return (model.name, model.kind, _added(layers), _added(heads), *_widths(halves[0]), megabytes, note)


def _weights_bytes(folder: Path) -> int:
    return folder.stat().st_size if folder.is_file() else weights_size(folder)


def _added(numbers: list[int]) -> Cell:
    return numbers[0] if len(numbers) == 1 else " + ".join(map(str, numbers))


def _widths(sizes: Sizes) -> tuple[Cell, ...]:
    return sizes.d_model, sizes.vocab_size, sizes.longest


def difference_rows(found: tuple[Difference, ...]) -> Iterator[tuple[Cell, ...]]:
    """A row for each layer."""
    for one in found:
        yield one.layer, f"{one.attention:.1e}", f"{one.hidden_state:.1e}", one.largest


def pair_rows(found: tuple[PairDifference, ...]) -> Iterator[tuple[Cell, ...]]:
    """A row for each layer of both halves."""
    for one in found:
        cross = None if one.cross is None else f"{one.cross:.1e}"
        yield one.side, one.layer, f"{one.attention:.1e}", cross, f"{one.hidden_state:.1e}", one.largest


def _opened_or_why(name: str) -> Model | EncoderDecoder | SpecError:
    try:
        return open_model(name)
    except SpecError as error:
        return error


def _refused(name: str, why: SpecError) -> tuple[Cell, ...]:
    return (name, *[None] * (len(COLUMNS) - 2), str(why))
