"""What the environment of one who has a certificate names."""

from pathlib import Path

from distributed import Security

from attnlab.training.running.access import AUTHORITY_VARIABLE, CERTIFICATE_VARIABLE, KEY_VARIABLE

FILES = (AUTHORITY_VARIABLE, CERTIFICATE_VARIABLE, KEY_VARIABLE)


def certificate_files(made: Security, folder: Path) -> dict[str, str]:
    """The variables, each with the file that it names."""
    contents = (made.tls_ca_file, made.tls_client_cert, made.tls_client_key)  # type: ignore[attr-defined]
    for name, content in zip(FILES, contents, strict=True):
        (folder / name).write_text(content, encoding="utf-8")
    return {name: str(folder / name) for name in FILES}
