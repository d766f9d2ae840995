"""From a hub on this machine comes what lies there, to the bit; what is odd is refused and leaves nothing behind."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from email.message import Message
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from urllib.request import Request

import pytest
import torch

from attnlab.engine import SpecError
from attnlab.pretrained import installed, open_model, open_named
from attnlab.pretrained.files.hub_ids import hub_id
from attnlab.pretrained.hub.answers import HubError, _Redirects
from attnlab.pretrained.hub.cache import RECORD_FILE, cache_folder, commit_of, fetched
from attnlab.pretrained.hub.fetching import fetch, planned
from tests.pretrained.conftest import configured, written
from tests.pretrained.hub_server import COMMIT, MOVED, Hub, Odd, serving
from tests.pretrained.sharding import INDEX, indexed, sharded

ID = "org/tiny"
TEXT = "the cats sat on the mat"
WEIGHTS = "model.safetensors"


@pytest.fixture
def hub(own_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with one small model, and an empty cache."""
    (own_bert / "tokenizer_config.json").write_text('{"model_max_length": 41}')
    monkeypatch.setenv("ATTNLAB_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with serving(own_bert, ID) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.address)
        yield served


def brought(name: str = ID) -> Path:
    return fetch(planned(hub_id(name)), lambda _count: None)


def left() -> list[Path]:
    return list(cache_folder().rglob("*")) if cache_folder().is_dir() else []


# --- what comes -------------------------------------------------------------------------------------------------------


def test_what_is_fetched_is_what_lies_there_to_the_bit(hub: Hub) -> None:
    wanted = open_model(hub.folder).trace(TEXT)
    folder = brought()
    files = {path.name: path.read_bytes() for path in hub.folder.iterdir()} | {RECORD_FILE: b""}
    assert {path.name for path in folder.iterdir()} == set(files) - {"generation_config.json"}
    assert all(path.read_bytes() == files[path.name] for path in folder.iterdir() if path.name != RECORD_FILE)
    model = open_model(ID)
    assert (model.name, model.folder) == (ID, folder)
    assert torch.equal(model.trace(TEXT).hidden_states, wanted.hidden_states)
    assert list(fetched()) == [ID]


def test_shards_are_fetched_one_by_one_and_give_the_same_bits(hub: Hub) -> None:
    wanted = open_model(hub.folder).trace(TEXT)
    sharded(hub.folder, 4)
    folder = brought()
    assert len(list(folder.glob("model-*-of-00004.safetensors"))) == 4
    assert not (folder / WEIGHTS).exists()
    found = open_model(f"{ID}@main").trace(TEXT)
    assert torch.equal(found.hidden_states, wanted.hidden_states)
    assert torch.equal(found.attentions, wanted.attentions)


@pytest.mark.parametrize("kind", ["gpt2", "llama", "qwen2"])
def test_other_architectures_are_fetched_too(hub: Hub, folder_of: Callable[[str], Path], kind: str) -> None:
    hub.folder = folder_of(kind)
    brought()
    found, wanted = (open_model(name).trace("ab") for name in (ID, hub.folder))
    assert torch.equal(found.hidden_states, wanted.hidden_states)


def test_the_commit_is_kept_beside_the_files(hub: Hub) -> None:
    folder = brought(f"{ID}@v1.0")
    said = json.loads((folder / RECORD_FILE).read_text())
    sizes = {path.name: path.stat().st_size for path in folder.iterdir() if path.name != RECORD_FILE}
    assert said == {"id": ID, "revision": "v1.0", "commit": COMMIT, "endpoint": hub.address, "files": sizes}
    assert commit_of(folder) == COMMIT
    assert list(fetched()) == [f"{ID}@v1.0"]


def test_all_files_are_asked_for_at_the_commit_that_was_first_named(hub: Hub) -> None:
    brought()
    asked = [path.split("/")[4] for _, path in hub.seen if path.startswith(f"/{ID}/resolve/")]
    assert asked.count("main") == 1
    assert set(asked) == {"main", COMMIT}


def test_a_model_that_was_moved_is_found_by_its_old_name(hub: Hub) -> None:
    brought(MOVED)
    assert open_model(MOVED).sizes.num_layers == 3


def test_progress_tells_every_byte(hub: Hub) -> None:
    counts: list[int] = []
    plan = planned(hub_id(ID))
    fetch(plan, counts.append)
    assert sum(counts) == plan.size == sum(file.size for file in plan.files)
    assert len(counts) >= len(plan.files)


def test_sizes_are_known_before_any_weight_is_asked_for(hub: Hub) -> None:
    plan = planned(hub_id(ID))
    assert {file.name: file.size for file in plan.files}[WEIGHTS] == (hub.folder / WEIGHTS).stat().st_size
    assert hub.fetched() == {"config.json"}
    assert left() == []


def test_a_revision_is_a_model_of_its_own(hub: Hub) -> None:
    brought()
    brought(f"{ID}@v1.0")
    assert list(fetched()) == [ID, f"{ID}@v1.0"]


# --- what is refused before anything is written -----------------------------------------------------------------------


def odd(name: str, **what: object) -> Callable[[Hub], object]:
    return lambda hub: hub.odd.update({name: Odd(**what)})  # type: ignore[arg-type]


def gone(*names: str) -> Callable[[Hub], object]:
    return lambda hub: [(hub.folder / name).unlink() for name in names]


def only_a_pickle(hub: Hub) -> None:
    (hub.folder / WEIGHTS).rename(hub.folder / "pytorch_model.bin")


def escaping_shards(hub: Hub) -> None:
    indexed(sharded(hub.folder), x="../../../config.safetensors")


def missing_shard(hub: Hub) -> None:
    indexed(sharded(hub.folder), x="model-00009-of-00003.safetensors")


def heavy_shards(hub: Hub) -> None:
    sharded(hub.folder)
    for shard in range(1, 4):
        hub.odd[f"model-0000{shard}-of-00003.safetensors"] = Odd(said=str(300 * 10**6))


HTML = b"<!doctype html><html><body>Sign in to this network</body></html>"
REFUSED: dict[str, tuple[Callable[[Hub], object], str]] = {
    "gated": (
        odd("config.json", status=401, code="GatedRepo"),
        r"^model \('org/tiny'\) must be there for everybody: 127.0.0.1:\d+ answers 401, as it does for one that is gat",
    ),
    "forbidden": (odd("config.json", status=403), r"must be there for everybody: .* answers 403"),
    "not there": (lambda hub: setattr(hub, "id", "org/other"), r"must be there for everybody: .* answers 401"),
    "404": (
        odd("config.json", status=404, code="RepoNotFound"),
        r"^model \('org/tiny'\) must be at .*, which answers 404$",
    ),
    "404 without a reason": (odd("config.json", status=404), r"^config must be given: config.json is not in org/tiny$"),
    "no such revision": (
        lambda hub: setattr(hub, "revisions", ("v2",)),
        r"^revision \('main'\) must be one that org/tiny has at 127.0.0.1:\d+$",
    ),
    "no config": (gone("config.json"), r"^config must be given: config.json is not in org/tiny$"),
    "no tokenizer": (gone("tokenizer.json"), r"^tokenizer must be given: tokenizer.json is not in org/tiny$"),
    "a pickle": (
        only_a_pickle,
        r"^weights must be given: org/tiny has neither model.safetensors nor model.safetensors",
    ),
    "a page for a config": (odd("config.json", content=HTML), r"^config.json is damaged: it is no JSON$"),
    "a page for an index": (
        lambda hub: (gone(WEIGHTS)(hub), odd(INDEX, content=HTML)(hub)),
        r"^index \(model.safetensors.index.json\) is damaged: it is no JSON$",
    ),
    "a long config": (
        odd("config.json", content=b" " * (2**20 + 1)),
        r"^config \(1048577 bytes\) must be at most 1048",
    ),
    "a long tokenizer": (
        odd("tokenizer.json", length=10**9),
        r"^tokenizer \(1000000000 bytes\) must be at most 67108864$",
    ),
    "a long index": (
        lambda hub: (gone(WEIGHTS)(hub), odd(INDEX, content=b" " * (2**22 + 1))(hub)),
        r"^index \(4194305 bytes\) must be at most 4194304$",
    ),
    "another architecture": (
        lambda hub: configured(hub.folder, model_type="t5"),
        r"^model_type \('t5'\) must be one of bert, roberta",
    ),
    "10^9 wide": (
        lambda hub: configured(hub.folder, hidden_size=10**9),
        r"^hidden_size \(1000000000\) must be between 1 and 8192$",
    ),
    "too large": (
        odd(WEIGHTS, said=str(4 * 10**9)),
        r"^weights \(4000 MB\) must be at most 600 MB \(\$ATTNLAB_MAX_MODEL_MB\)$",
    ),
    "shards too large together": (heavy_shards, r"^weights \(900 MB\) must be at most 600 MB"),
    "shards that lead elsewhere": (escaping_shards, r"^index \('../../../config.safetensors'\) must name safetensors"),
    "a shard that is not there": (missing_shard, r"^weights must be given: model-00009-of-00003.safetensors is not in"),
}
FAILED: dict[str, tuple[Callable[[Hub], object], str]] = {
    "the hub is ill": (odd("config.json", status=503), r"^127.0.0.1:\d+ must answer with a file: it answers 503$"),
    "the hub is asked too much": (odd(WEIGHTS, status=429), r"must answer with a file: it answers 429$"),
    "no commit": (
        odd("config.json", commit=None, content=HTML),
        r"^127.0.0.1:\d+ must name the commit of config.json, as a hub does: X-Repo-Commit \(''\)$",
    ),
    "no real commit": (odd("config.json", commit="../../etc"), r"must name the commit of config.json"),
    "another commit": (
        odd(WEIGHTS, commit=COMMIT[::-1]),
        r"must give all files of commit 0123.*: model.safetensors is of 7654",
    ),
    "no size": (
        odd(WEIGHTS, said=""),
        r"must say how large model.safetensors is before it is fetched: size \(None\)$",
    ),
    "a word for a size": (odd(WEIGHTS, said="-1"), r"must say how large model.safetensors is .*: size \('-1'\)$"),
    "an endless size": (odd(WEIGHTS, said="9" * 5000), r"must say how large model.safetensors is"),
    "a file of this machine": (
        odd(WEIGHTS, location="file:///etc/passwd"),
        r"^127.0.0.1:\d+ must lead to an address as safe as its own: 'file'$",
    ),
    "an FTP server": (odd("config.json", location="ftp://127.0.0.1/x"), r"must lead to an address as safe as its own"),
    "half an address": (
        odd("config.json", location="http://[::1"),
        r"must answer to fetch config.json|as safe as its own",
    ),
    "half an address of a CDN": (odd(WEIGHTS, location="https://[::1"), r"^127.0.0.1:\d+ must .*"),
    "a circle": (
        odd("tokenizer.json", location=f"/{ID}/resolve/{COMMIT}/tokenizer.json"),
        r"must say how large tokenizer.json is before it is fetched: size \(None\)$",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_opened_is_refused_before_anything_is_written(hub: Hub, name: str) -> None:
    spoil, message = REFUSED[name]
    spoil(hub)
    with pytest.raises(SpecError, match=message):
        planned(hub_id(ID))
    assert left() == []
    assert WEIGHTS not in hub.fetched()


@pytest.mark.parametrize("name", FAILED)
def test_a_hub_that_is_none_is_told_before_anything_is_written(hub: Hub, name: str) -> None:
    spoil, message = FAILED[name]
    spoil(hub)
    with pytest.raises(HubError, match=message):
        planned(hub_id(ID))
    assert left() == []


@pytest.mark.parametrize("said", ["1", "on", "YES", "True"])
def test_offline_nothing_is_asked(hub: Hub, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", said)
    with pytest.raises(SpecError, match=r"^HF_HUB_OFFLINE \('.*'\) must be unset to fetch a model$"):
        planned(hub_id(ID))
    assert hub.seen == []


def test_offline_what_was_fetched_is_opened(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    brought()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    hub.seen.clear()
    assert open_model(ID).sizes.num_layers == 3
    assert hub.seen == []


@pytest.mark.parametrize("said", ["0", "", "no"])
def test_a_variable_that_says_no_is_no_reason(hub: Hub, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", said)
    assert planned(hub_id(ID)).commit == COMMIT


@pytest.mark.parametrize("said", ["http://127.0.0.1:99999", "http://a..b", f"http://{'a' * 99}.example"])
def test_an_endpoint_that_can_be_no_host_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", said)
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(HubError, match=r"must answer to fetch config.json: ."):
        planned(hub_id(ID))


@pytest.mark.parametrize(
    "said", ["huggingface.co", "file:///etc", "ftp://host", "https://user:word@host", "https://h/?q=1", "http://h h"]
)
def test_an_endpoint_that_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", said)
    with pytest.raises(SpecError, match=r"^HF_ENDPOINT \('.*'\) must be an address such as https://huggingface.co$"):
        planned(hub_id(ID))


def test_nobody_at_the_endpoint_is_said_in_a_sentence(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(hub.folder, ID) as closed:
        pass
    monkeypatch.setenv("HF_ENDPOINT", closed.address)
    with pytest.raises(HubError, match=r"^127.0.0.1:\d+ must answer to fetch config.json: .*refused$"):
        planned(hub_id(ID))


def test_a_connection_that_breaks_off_is_said_in_a_sentence(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise ConnectionResetError(104, "Connection reset by peer")

    monkeypatch.setattr(HTTPConnection, "getresponse", broken)
    with pytest.raises(HubError, match=r"must answer to fetch config.json: .*Connection reset by peer$"):
        planned(hub_id(ID))


def test_from_a_safe_address_nothing_leads_to_an_unsafe_one() -> None:
    redirects, asked = _Redirects(), Request("https://hub.example/x")
    for unsafe in ("http://hub.example/x", "ftp://hub.example/x", "file:///etc/passwd"):
        with pytest.raises(HubError, match=r"^hub.example must lead to an address as safe as its own"):
            redirects.redirect_request(asked, BytesIO(), 302, "", Message(), unsafe)
    followed = redirects.redirect_request(asked, BytesIO(), 302, "", Message(), "https://cdn.example/x")
    assert followed is not None
    assert followed.full_url == "https://cdn.example/x"


def test_a_mirror_that_gives_no_reason_for_what_it_lacks_is_enough(hub: Hub) -> None:
    for name in ("special_tokens_map.json", "tokenizer_config.json"):
        hub.odd[name] = Odd(status=404)
    assert not {file.name for file in planned(hub_id(ID)).files} & set(hub.odd)


# --- what goes wrong on the way ---------------------------------------------------------------------------------------

BROKEN: dict[str, tuple[Callable[[Hub], object], str]] = {
    "cut short": (odd(WEIGHTS, cut=100, length=0), r"^model.safetensors must have the \d+ bytes that .* spoke of"),
    "cut short under its length": (odd(WEIGHTS, cut=100), r"^model.safetensors must have the \d+ bytes|must answer"),
    "a lying length": (odd(WEIGHTS, length=17), r"^model.safetensors must have the \d+ bytes .* spoke of: it has 17$"),
    "a longer length": (
        odd(WEIGHTS, length=10**9),
        r"^model.safetensors must have the \d+ bytes .*: it has 1000000000$",
    ),
    "bytes behind its end": (odd(WEIGHTS, length=0, more=b"x" * 10**6), r"^model.safetensors must have the \d+ bytes"),
    "another size than was said": (odd(WEIGHTS, said="12"), r"^model.safetensors must have the 12 bytes"),
    "other bytes": (odd(WEIGHTS, etag="0" * 64), r"^model.safetensors must have the SHA-256 that .* says: 0000"),
    "nobody at the CDN": (lambda hub: setattr(hub, "elsewhere", "http://127.0.0.1:9"), r"must answer to fetch model.s"),
    "a page for weights": (odd(WEIGHTS, content=HTML), r"^weights \(model.safetensors\) is damaged"),
    "a page for a tokenizer": (odd("tokenizer.json", content=HTML), r"^tokenizer \(tokenizer.json\) is damaged"),
    "a model that does not fit": (
        lambda hub: configured(hub.folder, hidden_size=12),
        r"^weights \('.*' \(307, 24\)\) must be \(307, 12\), as config.json says$",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_ends_on_the_way_leaves_nothing(hub: Hub, name: str) -> None:
    spoil, message = BROKEN[name]
    spoil(hub)
    plan, counts = planned(hub_id(ID)), [0]
    with pytest.raises((HubError, SpecError), match=message):
        fetch(plan, counts.append)
    assert sum(counts) <= plan.size  # of an endless file no more is written than was spoken of
    assert left() == []
    assert fetched() == {}


def test_ctrl_c_leaves_nothing(hub: Hub) -> None:
    counts: list[int] = []

    def interrupted(count: int) -> None:
        counts.append(count)
        if len(counts) == 3:
            assert left() != []
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(planned(hub_id(ID)), interrupted)
    assert left() == []


def test_a_full_disk_leaves_nothing(hub: Hub) -> None:
    def full(_count: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        fetch(planned(hub_id(ID)), full)
    assert left() == []


def test_what_is_here_is_never_overwritten(hub: Hub) -> None:
    plan = planned(hub_id(ID))
    folder = brought()
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    hub.seen.clear()
    for again in (lambda: planned(hub_id(f"{ID}@main")), lambda: fetch(plan, lambda _count: None)):
        with pytest.raises(SpecError, match=rf"^model \('{ID}'\) must not be here already, at commit {COMMIT}: delete"):
            again()
        assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert not [path for path in cache_folder().iterdir() if path.name.startswith(".")]


# --- what is opened ---------------------------------------------------------------------------------------------------


def test_what_was_not_fetched_says_by_which_command_it_comes(hub: Hub) -> None:
    with pytest.raises(SpecError, match=r"^model \('org/tiny'\) must be fetched first: python -m attnlab models fetch"):
        open_model(f"{ID}@main")
    with pytest.raises(SpecError, match=r"^model \('org/tiny'\) must be one of"):
        open_named(ID)
    assert hub.seen == []


def test_a_folder_of_that_name_is_a_folder(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(hub.folder, tmp_path / "org" / "tiny")
    monkeypatch.chdir(tmp_path)
    assert open_model(ID).folder == Path(ID)


def test_of_the_cache_only_whole_models_are_listed(hub: Hub, tmp_path: Path) -> None:
    folder, cache = brought(), cache_folder()
    shutil.copytree(folder, cache / "org" / "no-revision")
    shutil.copytree(folder, cache / "org" / "half@main")
    (cache / "org" / "half@main" / RECORD_FILE).unlink()
    shutil.copytree(folder, cache / ".fetching-x" / "tiny@main")
    shutil.copytree(folder, tmp_path / "elsewhere")
    (cache / "org" / "linked@main").symlink_to(tmp_path / "elsewhere")
    (cache / "stray").write_text("")
    assert [name for name in installed() if "/" in name] == [ID]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"commit": 7}', '{"commit": "\\u001b[31m"}', "[" * 100_000, " " * (2**20 + 1)]
)
def test_a_record_that_is_none_tells_no_commit(hub: Hub, content: str) -> None:
    folder = brought()
    (folder / RECORD_FILE).write_text(content)
    assert commit_of(folder) is None
    assert open_model(ID).name == ID


def test_a_cache_that_cannot_be_read_has_no_models(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    brought()

    def refuse(_self: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert fetched() == {}


def test_without_the_variable_the_cache_lies_beside_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTNLAB_HUB_CACHE")
    assert cache_folder().name == ".models"
    assert (cache_folder().parent / "app.py").is_file()
    assert os.fspath(cache_folder().parent) == os.fspath(Path(__file__).resolve().parents[2])


def test_a_small_model_written_here_can_be_served(hub: Hub, tmp_path: Path) -> None:
    hub.folder = written(tmp_path / "distil", "distilbert with a head")
    brought()
    assert open_model(ID).kind == "distilbert"
