"""Tables: long ones are printed row by row and look as short ones do."""

from __future__ import annotations

import io
from typing import Literal

import pytest
from rich.console import Console
from rich.table import Table

from runcoach.cli.invocation import Invocation
from runcoach.cli.output import LONG_TEXT, fit_columns, flexible, plain_table, print_rows, printable, right, text, title


def long_table(rows: int) -> Table:
    table = plain_table(right("ID", style="dim"), "Date", flexible("Activity"), right("km"))
    for number in range(rows):
        name = "Läufe über Stock und Stein " * (number % 4) + "🏃"
        table.add_row(str(number), "2026-11-23", title(name), text(f"{number / 7:.2f}", "bold"))
    return table


@pytest.mark.slow
@pytest.mark.parametrize("width", [40, 60, 200])
@pytest.mark.parametrize("colors", [None, "standard"])
def test_rows_are_printed_as_the_table_renders_them(width: int, colors: Literal["standard"] | None) -> None:
    def printed(*, by_row: bool) -> list[str]:
        console = Console(file=io.StringIO(), width=width, color_system=colors, force_terminal=colors is not None)
        table = fit_columns(long_table(130), width)
        if by_row:
            print_rows(console, table)
        else:
            console.print(table)
        output = console.file
        assert isinstance(output, io.StringIO)
        return output.getvalue().splitlines()

    by_row, rendered = printed(by_row=True), printed(by_row=False)
    assert len(by_row) == 131
    if colors is None:
        assert [line.rstrip() for line in by_row] == [line.rstrip() for line in rendered]
    else:
        assert all("\x1b[2m" in line for line in by_row)  # the dim ID


def test_rows_come_before_the_table_is_complete() -> None:
    """Nothing waits for the last row: the first hundred are written at once."""

    class Writes(io.StringIO):
        count = 0

        def write(self, value: str) -> int:
            self.count += 1
            return super().write(value)

    file = Writes()
    print_rows(Console(file=file, width=80), long_table(1000))
    assert file.count >= 10


@pytest.mark.parametrize("length", [LONG_TEXT, LONG_TEXT + 1])
def test_a_text_keeps_its_words_and_loses_its_control_characters(
    length: int, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("one [b]two[/b] \x1b[2J" * length)[: length - 5] + "\nlast"
    Invocation().show_text(words)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "last"
    assert "".join("".join(lines[:-1]).split()) == "".join(
        words[:-5].replace("\x1b", "\N{REPLACEMENT CHARACTER}").split()
    )


def test_joined_emoji_are_printed_one_after_the_other() -> None:
    assert printable("Brick 🚴\N{ZERO WIDTH JOINER}♂️") == "Brick 🚴♂️"
    assert printable("a\x1bb") == "a\N{REPLACEMENT CHARACTER}b"
