"""Who may talk to a scheduler: it runs, as its own user, what anybody who can connect sends to it.

So processes let in only who has a certificate that their authority signed: one made for each embedded cluster, kept in
memory and in the environment of its processes, which nobody but their user reads; or, with a scheduler elsewhere, the
files that the environment names.
"""

import ipaddress
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from distributed import Security

AUTHORITY_VARIABLE = "ATTNLAB_SCHEDULER_CA"
CERTIFICATE_VARIABLE = "ATTNLAB_SCHEDULER_CERT"
KEY_VARIABLE = "ATTNLAB_SCHEDULER_KEY"
INSECURE_VARIABLE = "ATTNLAB_SCHEDULER_INSECURE"

_FIELDS = {"tls_ca_file": AUTHORITY_VARIABLE, "tls_client_cert": CERTIFICATE_VARIABLE, "tls_client_key": KEY_VARIABLE}
_TLS = "DASK_DISTRIBUTED__COMM__TLS__"


def new_security() -> Security:
    """A key and a certificate that nobody else has."""
    return Security.temporary()  # type: ignore[no-untyped-call,no-any-return]


def environment_of(security: Security) -> dict[str, str]:
    """What makes a process, and those that it starts, talk to those with this certificate and to nobody else."""
    roles = ("scheduler", "worker", "client")
    told = {f"{_TLS}{role.upper()}__{part.upper()}": f"tls_{role}_{part}" for role in roles for part in ("key", "cert")}
    told[f"{_TLS}CA_FILE"] = "tls_ca_file"
    secrets = {variable: str(getattr(security, field)) for variable, field in told.items()}
    return {**secrets, "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "true"}


def security_of(address: str, environment: Mapping[str, str] = os.environ) -> Security | None:
    """How to talk to a scheduler elsewhere; None for one that asks for no certificate.

    Args:
        address: such as "tls://host:8786".
        environment: names the files of authority, certificate and key, or allows to do without.

    Raises:
        SpecError: some of the three files only, one that cannot be read, or a connection without a certificate to
            another machine that is not allowed.
    """
    from attnlab.engine import SpecError  # with torch, which a scheduler that imports this file needs not

    files = {field: environment[name] for field, name in _FIELDS.items() if environment.get(name)}
    if files:
        _check_files(files)
        return Security(require_encryption=True, **files)  # type: ignore[no-untyped-call]
    if not (is_loopback(address) or environment.get(INSECURE_VARIABLE) == "1"):
        message = (
            f"scheduler ({address!r:.120}) must be on this machine, or be reached with a certificate: "
            f"set {', '.join(_FIELDS.values())} (or {INSECURE_VARIABLE}=1 on a network that you trust)"
        )
        raise SpecError("scheduler", "form", message, got=address)
    return None


def is_loopback(address: str) -> bool:
    """Whether the address cannot be that of another machine."""
    host = urlsplit(address if "//" in address else f"tcp://{address}").hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_files(files: Mapping[str, str]) -> None:
    from attnlab.engine import SpecError  # with torch, which a scheduler that imports this file needs not

    for field, name in _FIELDS.items():
        if field not in files:
            raise SpecError(name, "missing", f"{name} must be given: {', '.join(_FIELDS.values())} go together")
        if not os.access(files[field], os.R_OK):
            message = f"{name} ({files[field]!r:.120}) must be a file that can be read"
            raise SpecError(name, "unreadable", message, got=files[field], why="no such file")
