"""A picture that somebody brings: reduced as the data set was, or refused in one sentence."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageDraw

from attnlab.prose import page_prose
from attnlab.tasks.pictures.picture_file import MAX_BYTES, PictureError, cells_of


def saved(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def one(ink: str = "black", paper: str = "white", size: int = 120, mode: str = "RGB") -> Image.Image:
    """An upright stroke, small and off the middle."""
    picture = Image.new(mode, (size, size), paper)
    ImageDraw.Draw(picture).rectangle((70, 20, 79, 59), fill=ink)
    return picture


def shown(cells: tuple[int, ...]) -> list[str]:
    return ["".join(f"{cell:3}" for cell in cells[row : row + 8]) for row in range(0, 64, 8)]


def test_a_stroke_is_scaled_to_the_full_height_and_stands_in_the_middle() -> None:
    assert shown(cells_of(saved(one()))) == ["  0  0  0 16 16  0  0  0"] * 8


@pytest.mark.parametrize(
    "data",
    [
        saved(one("white", "black")),
        saved(one("#404040", "#d0d0d0")),
        saved(one(size=1100).resize((2200, 2200)), "JPEG"),
        saved(one(mode="L")),
        saved(one(paper="#00000000", mode="RGBA")),
    ],
    ids=["light on dark", "grey on grey", "a large jpeg", "grey", "transparent"],
)
def test_ink_is_what_differs_from_the_edge_in_whatever_colours(data: bytes) -> None:
    cells = cells_of(data)
    assert all(sum(cells[row + 3 : row + 5]) >= 20 for row in range(0, 64, 8))
    assert sum(cells) <= 8 * 40


def test_each_cell_counts_four_by_four() -> None:
    picture = Image.new("L", (34, 34), 255)
    picture.paste(0, (1, 1, 33, 33))
    picture.paste(255, (1, 1, 3, 4))  # six pixels of the first block
    assert cells_of(saved(picture)) == (10, *[16] * 63)


def header_of(width: int, height: int) -> bytes:
    """A PNG that says its size and has no pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


FRAMES = {"save_all": True, "append_images": [one("red"), one("blue")]}
BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "kind"),
    "a text": (b"not a picture", "kind"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "kind"),
    "a gif": (saved(one(), "GIF"), "kind"),
    "a bitmap": (saved(one(), "BMP"), "kind"),
    "too many bytes": (saved(one()) + bytes(MAX_BYTES), "bytes"),
    "a gigapixel header": (header_of(60_000, 60_000), "pixels"),
    "a long strip": (header_of(5000, 2), "pixels"),
    "a header alone": (header_of(20, 20), "damaged"),
    "half of a png": (saved(one())[:200], "damaged"),
    "half of a jpeg": (saved(one(), "JPEG")[:700], "damaged"),
    "animated": (saved(one(), "PNG", **FRAMES), "animated"),
    "blank": (saved(Image.new("RGB", (50, 50), "white")), "blank"),
    "nearly blank": (saved(one("#f0f0f0")), "blank"),
    "one pixel": (saved(Image.new("L", (1, 1), 0)), "blank"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_digit_is_refused_by_a_code_that_the_prose_has(name: str) -> None:
    data, code = BAD[name]
    with pytest.raises(PictureError) as refused:
        cells_of(data)
    assert refused.value.code == code
    sentence = page_prose("training")["drawing"]["refused"][code].format(**refused.value.values)
    assert "{" not in sentence
