"""Who may talk to a scheduler, and what happens to the others."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client

from attnlab.engine import SpecError
from attnlab.training.running.access import (
    INSECURE_VARIABLE,
    environment_of,
    is_loopback,
    new_security,
    security_of,
)
from attnlab.training.running.cluster import EmbeddedCluster
from attnlab.training.running.jobs import Jobs
from tests.training.running.certificates import FILES, certificate_files


@pytest.fixture(scope="module")
def cluster() -> Iterator[EmbeddedCluster]:
    started = EmbeddedCluster(0)  # a scheduler can be asked to run a function without any worker
    yield started
    started.close()


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """The environment of one who has a certificate."""
    return certificate_files(new_security(), tmp_path)


def test_who_lacks_the_certificate_runs_no_function_though_on_the_same_machine(
    cluster: EmbeddedCluster, tmp_path: Path
) -> None:
    assert cluster.address.startswith("tls://127.0.0.1:")
    proof = tmp_path / "it ran"
    plain = cluster.address.replace("tls://", "tcp://")
    for address, security in ((plain, None), (cluster.address, new_security())):
        with pytest.raises(OSError), Client(address, security=security, timeout=0.5) as intruder:  # type: ignore[no-untyped-call]  # noqa: PT011
            intruder.run_on_scheduler(proof.touch)
    assert not proof.exists()
    with Client(cluster.address, security=cluster.security, timeout=10) as owner:  # type: ignore[no-untyped-call]
        owner.run_on_scheduler(proof.touch)
    assert proof.exists()


def test_every_cluster_has_a_key_of_its_own_which_its_processes_are_told_and_no_command_line() -> None:
    one, other = new_security(), new_security()
    assert one.tls_scheduler_key != other.tls_scheduler_key
    told = environment_of(one)
    assert list(told.values()).count(one.tls_scheduler_key) == 3
    assert told["DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION"] == "true"


def test_a_scheduler_elsewhere_is_met_with_the_files_that_the_environment_names(files: dict[str, str]) -> None:
    security = security_of("tls://far.example:8786", files)
    assert security is not None
    assert security.require_encryption
    assert (security.tls_ca_file, security.tls_client_cert, security.tls_client_key) == tuple(files.values())


@pytest.mark.parametrize("missing", FILES)
def test_the_three_files_go_together(files: dict[str, str], missing: str) -> None:
    del files[missing]
    with pytest.raises(SpecError, match=f"^{missing} must be given"):
        security_of("tls://far.example:8786", files)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_is_named(files: dict[str, str], name: str) -> None:
    with pytest.raises(SpecError, match=rf"^{name} \('/nowhere'\) must be a file"):
        security_of("tls://far.example:8786", files | {name: "/nowhere"})


@pytest.mark.parametrize(
    "address", ["tcp://far.example:8786", "10.0.0.7:8786", "tls://far.example:1", "tcp://0.0.0.0:1", ""]
)
def test_another_machine_is_not_met_without_a_certificate_unless_that_is_allowed(address: str) -> None:
    with pytest.raises(SpecError, match="must be on this machine, or be reached with a certificate"):
        security_of(address, {})
    assert security_of(address, {INSECURE_VARIABLE: "1"}) is None


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "127.0.0.1:1", "tcp://localhost:1", "tcp://[::1]:8786"])
def test_this_machine_needs_none(address: str) -> None:
    assert is_loopback(address)
    assert security_of(address, {}) is None


def test_a_page_is_told_why_a_scheduler_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*FILES, INSECURE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    jobs = Jobs("sqlite:///runs.db", "tcp://far.example:8786")
    jobs.ensure()
    tried = threading.Event()
    jobs.in_background(tried.set)
    assert tried.wait(60)
    jobs.close()
    assert jobs.trouble.startswith("scheduler (")
