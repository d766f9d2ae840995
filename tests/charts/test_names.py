"""Names below a chart: none of Han is turned, and none covers its neighbour."""

import pytest

from attnlab.charts.names import AXIS_PX, below, width_px


@pytest.mark.parametrize(
    ("names", "width", "set_as", "slanted"),
    [
        (("1", "2", "4"), 250, ["1", "2", "4"], False),
        (("1个头", "2个头"), 250, ["1个头", "2个头"], False),
        (
            ("无位置", "ALiBi", "RoPE", "正弦位置", "可学习的位置"),
            250,
            ["无位置", "ALiBi", "RoPE", "正弦\n位置", "可学习\n的位置"],
            False,
        ),
        (("softmax", "硬选择", "1.5-entmax"), 120, ["softmax", "硬选择", "1.5-entmax"], True),
        (("learned positions", "no positions"), 200, ["learned positions", "no positions"], True),
        (("没有空地方",), 20, ["没\n有\n空\n地\n方"], True),
        ((), 250, [], False),
    ],
)
def test_names_are_level_in_lines_unless_a_word_is_too_long(
    names: tuple[str, ...], width: float, set_as: list[str], slanted: bool
) -> None:
    found = below(names, width)
    assert found == ((list(names) if slanted else set_as), slanted)
    if not slanted and names:
        assert all(width_px(line) <= (width - AXIS_PX) / len(names) for name in found[0] for line in name.split("\n"))
