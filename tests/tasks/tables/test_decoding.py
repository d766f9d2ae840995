"""From bytes to text: what a file is written in, said, or refused by the file's own byte."""

import codecs

import pytest

from attnlab.tasks import TableError
from attnlab.tasks.tables import ENCODINGS
from attnlab.tasks.tables.decoding import decoded, guessed_encoding

FRENCH = "texte;avis\nLe café était fermé, dommage à la fin;non\nTrès bon film, à voir ; l’été;oui\n" * 3
GERMAN = "Bewertung;Urteil\nDas Gerät läuft, schöne Größe;gut\nÜberhaupt nicht zufrieden;schlecht\n" * 3
CHINESE = "text,label\n这部电影很好看,好\n这部电影很难看,坏\n我喜欢这首歌,好\n" * 3
JAPANESE = "text,label\nこの映画はとても面白い,良い\nこの映画はつまらない,悪い\n" * 3
RUSSIAN = "text,label\nэто очень хороший фильм,да\nплохой фильм,нет\n" * 3
KOREAN = "text,label\n이 영화는 정말 재미있다,긍정\n지루한 영화,부정\n" * 3
POLISH = "text,label\nzażółć gęślą jaźń,tak\nświetny film,nie\n" * 3


@pytest.mark.parametrize(
    ("text", "codec", "encoding"),
    [
        (FRENCH, "utf-8", "utf-8"),
        (FRENCH, "utf-8-sig", "utf-8"),
        (CHINESE, "utf-8", "utf-8"),
        ("plain,ascii\n", "ascii", "utf-8"),
        ("", "ascii", "utf-8"),
        (FRENCH, "utf-16", "utf-16"),
        (FRENCH, "utf-16-le", "utf-16"),
        (FRENCH, "utf-16-be", "utf-16"),
        (CHINESE, "utf-16-le", "utf-16"),
        (FRENCH, "cp1252", "windows-1252"),
        (GERMAN, "latin-1", "windows-1252"),
        (CHINESE, "gbk", "gbk"),
        (JAPANESE, "shift-jis", "shift-jis"),
        (RUSSIAN, "cp1251", "windows-1251"),
        (POLISH, "cp1250", "windows-1250"),
        (KOREAN, "euc-kr", "euc-kr"),
    ],
)
def test_what_a_file_is_written_in_is_found_and_read(text: str, codec: str, encoding: str) -> None:
    data = text.encode(codec)
    assert guessed_encoding(data) == encoding
    assert decoded(data, encoding) == text


@pytest.mark.parametrize("encoding", [name for name in ENCODINGS if not name.startswith("utf")])
def test_every_encoding_can_be_asked_for(encoding: str) -> None:
    text = "a,b\n~!?\n"
    assert decoded(text.encode(ENCODINGS[encoding]), encoding) == text


def test_latin_1_has_a_letter_for_every_byte() -> None:
    data = bytes(range(1, 256))
    assert decoded(data, "latin-1") == data.decode("latin-1")
    with pytest.raises(TableError, match=r"^file \(byte 0x81 at position 128\) must be WINDOWS-1252"):
        decoded(data, "windows-1252")


def test_a_mark_of_utf_8_before_another_encoding_is_no_letter_of_it() -> None:
    data = codecs.BOM_UTF8 + GERMAN.encode("cp1252")
    assert guessed_encoding(data) == "windows-1252"
    assert decoded(data, "windows-1252") == GERMAN


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_the_byte_that_is_named_is_the_files_own(mark: bytes) -> None:
    data = mark + "text,label\ncafé,up\n".encode("latin-1")
    at = data.index(0xE9)
    with pytest.raises(TableError, match=rf"^file \(byte 0xE9 at position {at}\) must be UTF-8"):
        decoded(data, "utf-8")


def test_utf_8_with_a_damaged_byte_is_no_other_encoding() -> None:
    data = FRENCH.encode()[:-20] + b"\xff" + FRENCH.encode()[-20:]
    assert guessed_encoding(data) == "utf-8"
    with pytest.raises(TableError, match=rf"^file \(byte 0xFF at position {len(data) - 21}\) must be UTF-8"):
        decoded(data, "utf-8")


def test_a_plan_of_old_that_said_nothing_reads_utf_16_by_its_mark() -> None:
    assert decoded(FRENCH.encode("utf-16"), "utf-8") == FRENCH


def test_nul_is_refused_and_a_few_of_them_are_not_taken_for_utf_16() -> None:
    data = b"text,label\na\0,b\n" + b"c,d\n" * 9
    assert guessed_encoding(data) == "utf-8"
    with pytest.raises(TableError, match=r"^file \(NUL at character 12\) must be plain text"):
        decoded(data, "utf-8")


def test_an_encoding_that_there_is_not_is_refused() -> None:
    with pytest.raises(TableError, match=r"^encoding \('rot13'\) must be one of utf-8, utf-16, ") as caught:
        decoded(b"a", "rot13")
    assert caught.value.field == "encoding"
