"""Bringing a model here: everything is asked before anything is written, and what is written is whole or gone."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from attnlab.engine import SpecError
from attnlab.pretrained.files.config import check_config_size, config_of
from attnlab.pretrained.files.hub_ids import HubId
from attnlab.pretrained.files.shards import INDEX_FILE, check_index_size, index_of
from attnlab.pretrained.files.tokens import TOKENIZER_FILE, check_tokenizer_size
from attnlab.pretrained.files.weights import WEIGHTS_FILE, check_size
from attnlab.pretrained.hub.answers import Hub, HubError, Said
from attnlab.pretrained.hub.cache import Record, cache_folder, commit_of, folder_of
from attnlab.pretrained.opening import CONFIG_FILE, architecture_of, open_folder

ENDPOINT_VARIABLE, OFFLINE_VARIABLE = "HF_ENDPOINT", "HF_HUB_OFFLINE"
ENDPOINT = "https://huggingface.co"
YES = ("1", "on", "yes", "true")
"""As the hub's own client reads $HF_HUB_OFFLINE."""
BESIDE = ("tokenizer_config.json", "special_tokens_map.json")
"""What other programs read of a model's folder; fetched where there is one."""


@dataclass(frozen=True)
class Plan:
    """What is to be fetched, of one commit."""

    id: HubId
    hub: Hub
    files: tuple[Said, ...]

    @property
    def commit(self) -> str:
        """That of every file."""
        return self.files[0].commit

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def planned(wanted: HubId) -> Plan:
    """What fetching a model means. Nothing is written, and of the files only config and index are read.

    Raises:
        SpecError: $HF_HUB_OFFLINE is set, the model is here already, is not there, lacks a file, is of an architecture
            that is not known, or larger than $ATTNLAB_MAX_MODEL_MB.
        HubError: the hub does not answer as a hub does.
    """
    check_online()
    check_new(wanted)
    hub = Hub(os.environ.get(ENDPOINT_VARIABLE) or ENDPOINT)
    config = _there(wanted, hub.said(wanted, wanted.revision, CONFIG_FILE), CONFIG_FILE)
    check_config_size(config.size)
    known = config_of(_read(hub, wanted, config))
    _, architecture = architecture_of(known)
    architecture.sizes(known)

    def said(name: str) -> Said | None:
        file = hub.said(wanted, config.commit, name)
        if file is not None and file.commit != config.commit:
            raise HubError(f"{hub.host} must give all files of commit {config.commit}: {name} is of {file.commit}")
        return file

    tokenizer = _there(wanted, said(TOKENIZER_FILE), TOKENIZER_FILE)
    check_tokenizer_size(tokenizer.size)
    weights = _weights(hub, wanted, said)
    beside = tuple(file for file in map(said, BESIDE) if file is not None)
    for file in beside:
        check_tokenizer_size(file.size)
    return Plan(wanted, hub, (config, tokenizer, *beside, *weights))


def fetch(plan: Plan, told: Callable[[int], object]) -> Path:
    """The model's folder, with all files in it and able to be opened here.

    Args:
        plan: what to fetch.
        told: called with the bytes that have come since it was last called.

    Raises:
        SpecError: the model cannot be opened, or has come here meanwhile; nothing of it stays.
        HubError: the hub ends too soon, or gives other bytes than it spoke of; nothing stays.
        OSError: the cache cannot be written.
    """
    root, target = cache_folder(), folder_of(plan.id)
    root.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".fetching-", dir=root) as temporary:
        folder = Path(temporary) / target.name
        folder.mkdir()
        for file in plan.files:
            with (folder / file.name).open("xb") as written:
                for chunk in plan.hub.content(plan.id, file):
                    written.write(chunk)
                    told(len(chunk))
        sizes = {file.name: file.size for file in plan.files}
        Record(plan.id.repository, plan.id.revision, plan.commit, plan.hub.endpoint, sizes).write(folder)
        open_folder(str(plan.id), folder)
        check_new(plan.id)
        target.parent.mkdir(exist_ok=True)
        folder.rename(target)
    return target


def check_online() -> None:
    """Refuse to fetch where the environment says that there is no network.

    Raises:
        SpecError: it does.
    """
    said = os.environ.get(OFFLINE_VARIABLE, "")
    if said.strip().lower() in YES:
        message = f"{OFFLINE_VARIABLE} ({said!r:.20}) must be unset to fetch a model"
        raise SpecError(OFFLINE_VARIABLE, "form", message, got=said)


def check_new(wanted: HubId) -> None:
    """Refuse to fetch what is here: another commit is another revision, and nothing is overwritten.

    Raises:
        SpecError: it is here.
    """
    folder = folder_of(wanted)
    if folder.exists():
        at = f"at commit {commit_of(folder)}: delete {str(folder)!r} to fetch it anew"
        message = f"model ({str(wanted)!r}) must not be here already, {at}"
        raise SpecError("model", "twice", message, got=str(wanted))


def _weights(hub: Hub, wanted: HubId, said: Callable[[str], Said | None]) -> tuple[Said, ...]:
    """The file with the weights, or the index with all that it names; bounded together."""
    if (whole := said(WEIGHTS_FILE)) is not None:
        check_size(whole.size)
        return (whole,)
    if (index := said(INDEX_FILE)) is None:
        message = (
            f"weights must be given: {wanted} has neither {WEIGHTS_FILE} nor {INDEX_FILE}, and nothing else is read"
        )
        raise SpecError("weights", "missing", message)
    check_index_size(index.size)
    names = index_of(_read(hub, wanted, index)).shards
    shards = tuple(_there(wanted, said(name), name, "weights") for name in names)
    check_size(sum(shard.size for shard in shards))
    return (index, *shards)


def _there(wanted: HubId, file: Said | None, name: str, field: str = "") -> Said:
    if file is None:
        field = field or name.partition(".")[0]
        raise SpecError(field, "missing", f"{field} must be given: {name} is not in {wanted}")
    return file


def _read(hub: Hub, wanted: HubId, file: Said) -> bytes:
    return b"".join(hub.content(wanted, file))
