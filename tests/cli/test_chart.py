"""The chart of the terminal."""

from __future__ import annotations

from runcoach.cli.chart import axis, chart


def lines(filled: list[float], points: list[float], width: int = 20, height: int = 4) -> list[str]:
    return [line.plain for line in chart(filled, points, width=width, height=height)]


def test_the_highest_value_fills_its_column_and_labels_the_axis() -> None:
    assert lines([0.0, 4.0, 8.0], [0.0, 0.0, 0.0]) == [
        "8   █",
        "    █",
        "4  ██",
        "0  ██",
    ]


def test_points_stand_over_the_columns() -> None:
    assert lines([8.0, 8.0], [7.9, 2.1])[0] == "8 •█"
    assert lines([8.0, 8.0], [7.9, 2.1])[2] == "4 █•"
    assert lines([2.0], [8.0])[0] == "8 •"


def test_a_long_series_is_averaged_to_the_width() -> None:
    rows = lines([1.0] * 50 + [3.0] * 50, [0.0] * 100, width=12)
    assert {len(row) for row in rows} == {12}
    assert rows[0] == "3      █████"
    assert axis("a", "b", label=1, cells=10).plain == "  a        b"


def test_nothing_but_zeros_is_an_empty_chart() -> None:
    assert [row[1:].strip() for row in lines([0.0], [0.0])] == [""] * 4
