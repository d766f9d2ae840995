"""From the bytes of a file to its text: UTF-8, UTF-16, and the older encodings that tables still come in.

What is valid UTF-8 is UTF-8: hardly any text in another encoding is. Where it is not, the codes of East Asia are told
apart by their usual characters (`east_asian.py`), and `charset-normalizer` weighs the others. It is a guess, so pages
say it, show the first rows, and let it be changed.
"""

import codecs
from collections.abc import Mapping
from types import MappingProxyType

from charset_normalizer import CharsetMatches, from_bytes

from attnlab.tasks.tables.east_asian import east_asian_encoding
from attnlab.tasks.tables.errors import TableError
from attnlab.tasks.tables.limits import MAX_BYTES

ENCODINGS: Mapping[str, str] = MappingProxyType(
    {
        "utf-8": "utf-8",
        "utf-16": "utf-16",
        "windows-1252": "cp1252",
        "latin-1": "iso8859-1",
        "gbk": "gb18030",
        "shift-jis": "cp932",
        "windows-1250": "cp1250",
        "windows-1251": "cp1251",
        "big5": "big5",
        "euc-kr": "euc_kr",
    }
)
"""Our names with the codecs that read them: of each family the widest, as browsers do."""

_USUAL = ("cp1252", "gb18030", "cp932")
_SURE = 0.15  # a mess that charset-normalizer measures below which it has never named one of these wrongly here
_SAMPLE = 20_000  # bytes of lines that are not ASCII alone
_MARK = codecs.BOM_UTF8
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NULS_IN_UTF16 = 0.05  # of a file: separators and line ends alone are so many
_ADVICE = "save the table as CSV UTF-8"
FILE_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "zip": "a zip archive or an Excel workbook",
        "empty_zip": "an empty zip archive",
        "gzip": "a gzip archive",
        "bzip2": "a bzip2 archive",
        "xz": "an xz archive",
        "7z": "a 7z archive",
        "zstd": "a zstd archive",
        "excel": "an old Excel workbook",
        "pdf": "a PDF",
        "parquet": "a Parquet file",
        "sqlite": "an SQLite database",
        "pickle": "a Python pickle",
    }
)
"""What people take for a table: by our name what the command line calls it."""
_BEGINNINGS = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "empty_zip",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xd0\xcf\x11\xe0": "excel",
    b"%PDF": "pdf",
    b"PAR1": "parquet",
    b"SQLite format 3": "sqlite",
    **{bytes([0x80, protocol]): "pickle" for protocol in range(2, 6)},
}


def decoded(data: bytes, encoding: str) -> str:
    """The text of a file, without its byte order mark.

    Args:
        data: the file.
        encoding: a name in `ENCODINGS`; under "utf-8" a file whose mark says UTF-16 is read as that.

    Raises:
        TableError: too large, an archive or a binary file, another encoding, a NUL.
    """
    _check_kind(data)
    if encoding not in ENCODINGS:
        message = f"encoding ({encoding!r:.60}) must be one of {', '.join(ENCODINGS)}"
        raise TableError("encoding", "choice", message, got=encoding, choices=tuple(ENCODINGS))
    if encoding == "utf-8" and data.startswith(_UTF16_MARKS):
        encoding = "utf-16"
    codec = (_utf16_codec(data) or "utf-16") if encoding == "utf-16" else ENCODINGS[encoding]
    start = len(_mark(data, encoding))
    try:
        text = data[start:].decode(codec)
    except UnicodeDecodeError as error:
        at = start + error.start
        byte, name = f"0x{data[at]:02X}", encoding.upper()
        message = f"file (byte {byte} at position {at}) must be {name}: {_ADVICE}"
        raise TableError("file", "byte", message, got=byte, at=at, encoding=name) from None
    if "\0" in text:
        at = text.index("\0")
        raise TableError("file", "nul", f"file (NUL at character {at}) must be plain text: {_ADVICE}", at=at)
    return text


def guessed_encoding(data: bytes) -> str:
    """What a file is probably written in; "utf-8" where it is that but for a few bytes, which `decoded` then names.

    Raises:
        TableError: too large, an archive or a binary file.
    """
    _check_kind(data)
    if _utf16_codec(data):
        return "utf-16"
    body = data.removeprefix(_MARK)
    try:
        body.decode()
    except UnicodeDecodeError:
        return "utf-8" if _is_damaged_utf8(body) else _weighed(body)
    return "utf-8"


def _check_kind(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        message = f"file ({len(data)} bytes) must have at most {MAX_BYTES}"
        raise TableError("file", "bytes", message, got=len(data), most=MAX_BYTES)
    for start, kind in _BEGINNINGS.items():
        if data.startswith(start):
            message = f"file ({FILE_KINDS[kind]}) must be plain text: {_ADVICE}"
            raise TableError("file", "archive", message, got=kind)


def _mark(data: bytes, encoding: str) -> bytes:
    """The byte order mark, of which UTF-8's stands before other encodings too where a program only added it."""
    marks = _UTF16_MARKS if encoding == "utf-16" else (_MARK,)
    return next((mark for mark in marks if data.startswith(mark)), b"")


def _utf16_codec(data: bytes) -> str | None:
    """In which order the bytes of UTF-16 are, by the mark or by where NULs stand; None of any other text."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    enough = _NULS_IN_UTF16 * len(data)
    if data.startswith(codecs.BOM_UTF16_LE) or (odd > enough and not even):
        return "utf-16-le"
    return "utf-16-be" if data.startswith(codecs.BOM_UTF16_BE) or (even > enough and not odd) else None


def _is_damaged_utf8(body: bytes) -> bool:
    """Whether more characters beyond ASCII are valid UTF-8 than not, which chance does not do."""
    text = body.decode(errors="replace")
    broken = text.count("\ufffd")
    return sum(not character.isascii() for character in text) > 2 * broken


def _weighed(body: bytes) -> str:
    sample = _telling(body)
    eastern = east_asian_encoding(sample)
    if eastern is not None and _reads(body, eastern):
        return eastern
    usual, others = list(_USUAL), [codec for name, codec in ENCODINGS.items() if not name.startswith("utf")]
    for codecs_tried, most in ((usual, _SURE), (others, 1.0)):
        for name in _names(from_bytes(sample, cp_isolation=codecs_tried, enable_fallback=False), most):
            if _reads(body, name):
                return name
    return "latin-1"  # which has a sign for every byte


def _names(matches: CharsetMatches, most: float) -> list[str]:
    """Ours of what was found to have at most so much mess, the likeliest first."""
    called = {codecs.lookup(codec).name: name for name, codec in ENCODINGS.items()}
    return [called[codecs.lookup(match.encoding).name] for match in matches if match.chaos < most]


def _reads(body: bytes, name: str) -> bool:
    try:
        body.decode(ENCODINGS[name])
    except UnicodeDecodeError:
        return False
    return True


def _telling(body: bytes) -> bytes:
    """The first lines that say anything about an encoding: those that are not ASCII alone."""
    lines = [line for line in body.splitlines() if not line.isascii()]
    size, kept = 0, list[bytes]()
    for line in lines:
        if kept and size + len(line) > _SAMPLE:
            break
        kept.append(line)
        size += len(line)
    return b"\n".join(kept)
