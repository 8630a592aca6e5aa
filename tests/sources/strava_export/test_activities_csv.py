"""The table as cells: encodings, separators, torn rows, and bounds that no runner meets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.archive.members import BoundedStream
from runcoach.sources.strava_export import activities_csv
from runcoach.sources.strava_export.activities_csv import ActivitiesCsv, BrokenRow, Cells


def opened(data: bytes) -> ActivitiesCsv:
    return ActivitiesCsv(BoundedStream(io.BytesIO(data), "activities.csv", len(data), 2**30))


def cells_of(rows: Iterable[Cells | BrokenRow]) -> list[list[str]]:
    return [row.cells for row in rows if isinstance(row, Cells)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_every_form_that_spreadsheets_save_is_read(encoding: str, newline: str, separator: str) -> None:
    lines = [["id", "name", "größe"], ["1", 'Zürich "Nord"\nund Süd', ""], ["2", "a,b;c\td", "x"]]
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=newline, quoting=csv.QUOTE_ALL).writerows(lines)
    read = opened(text.getvalue().encode(encoding))
    assert read.header == lines[0]
    assert list(read) == [Cells(2, lines[1]), Cells(3, lines[2])]


def test_undecodable_characters_are_replaced() -> None:
    read = opened(b"id,name\n" + b"1,ok\n" * 20_000 + b"2,\xffZ\xc3rich\n3,ok\n")
    assert cells_of(read)[-2:] == [["2", "\ufffdZ\ufffdrich"], ["3", "ok"]]


def test_blank_rows_and_trailing_empty_cells_are_ignored() -> None:
    read = opened(b"id,name,,\n\n1,a,,\n,,,\n2,b,,,,\n")
    assert read.header == ["id", "name"]
    assert list(read) == [Cells(3, ["1", "a"]), Cells(5, ["2", "b"])]


@pytest.mark.parametrize("data", [b"", b"\n", b",,,\n", b"\xef\xbb\xbf"])
def test_missing_header_is_an_error(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"^activities\.csv is empty$"):
        opened(data)


def test_row_with_too_few_cells() -> None:
    assert list(opened(b"id,name,file\n1,a\n2,b,c\n3\n4,d,e\n")) == [
        BrokenRow(2, "too few cells: 2 where the header has 3"),
        Cells(3, ["2", "b", "c"]),
        BrokenRow(4, "too few cells: 1 where the header has 3"),
        Cells(5, ["4", "d", "e"]),
    ]


def test_row_with_too_many_cells() -> None:
    assert list(opened(b"id,name\n1,a,b\n2,c\n")) == [
        BrokenRow(2, "too many cells: 3 where the header has 2"),
        Cells(3, ["2", "c"]),
    ]


def test_unclosed_quote_costs_one_row() -> None:
    rows = list(opened(b'id,name,file\n1,a,x\n2,"never closed,y\n3,c,z\n4,d,w\n'))
    assert cells_of(rows) == [["1", "a", "x"], ["3", "c", "z"], ["4", "d", "w"]]
    assert [row.reason for row in rows if isinstance(row, BrokenRow)] == ["too few cells: 2 where the header has 3"]


@pytest.mark.slow
def test_unclosed_quote_far_from_the_end_costs_one_row() -> None:
    later = b"".join(b"%d,name,file\n" % number for number in range(3, 20_000))
    rows = list(opened(b'id,name,file\n1,a,x\n2,"never closed,y\n' + later))
    assert len(cells_of(rows)) == 1 + 19_997
    (broken,) = (row for row in rows if isinstance(row, BrokenRow))
    assert broken.number == 3
    assert "it cannot be split into columns (field larger than field limit" in broken.reason


def test_truncation_inside_a_quote_is_one_broken_row() -> None:
    rows = list(opened(b'id,name,file\n1,a,x\n2,"one\ntwo\nthree\nfo'))
    assert cells_of(rows) == [["1", "a", "x"]]
    assert [row.number for row in rows if isinstance(row, BrokenRow)] == [3]


def test_a_table_that_only_falls_apart_is_given_up() -> None:
    data = b"id,name,file,gear\n" + b'1,"x,y\n' * 2001
    with pytest.raises(SourceError, match=r"^activities\.csv falls apart: more than 100 rows run into others$"):
        list(opened(data))


def test_an_endless_cell_is_cut_off() -> None:
    rows = list(opened(b"id,name\n1," + b"x" * 200_000 + b"\n2,b\n"))
    assert cells_of(rows) == [["2", "b"]]
    assert "field larger than field limit (131072)" in str(rows[0])


def test_an_endless_line_is_not_taken_in() -> None:
    with pytest.raises(HostileFileError, match=r"^activities\.csv has a line of more than 1 MiB$"):
        list(opened(b"id,name\n1," + b"x" * 2**21))


def test_an_endless_row_is_not_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activities_csv, "MAX_ROW_CHARS", 1000)
    rows = list(opened(b'id,name\n1,"' + b"many words\n" * 200 + b'"\n2,b\n'))
    assert cells_of(rows) == [["2", "b"]]
    assert "it is longer than" in str(rows[0])


def test_more_rows_than_anyone_has_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activities_csv, "MAX_ROWS", 5)
    with pytest.raises(HostileFileError, match=r"^activities\.csv has more than 5 rows"):
        list(opened(b"id,name\n" + b"1,a\n" * 9))


@pytest.mark.slow
def test_the_table_is_bounded_as_it_is_read() -> None:
    data = b"id,name\n" + b"1,a\n" * 100_000
    stream = BoundedStream(io.BytesIO(data), "activities.csv", len(data), 2**18)
    with pytest.raises(HostileFileError, match=r"^activities\.csv unpacks to more than 0 MiB$"):
        list(ActivitiesCsv(stream))


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=4, max_size=4), max_size=8))
def test_any_cells_come_back(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c", "d"], *rows])
    assert cells_of(opened(text.getvalue().encode())) == [row for row in rows if any(row)]


def check_line(refusal: SourceError) -> None:
    assert "\n" not in refusal.message


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=4000), st.sampled_from([b"", b"id,name,file\n", b'id,"na\nme",file\r\n1,"']))
def test_any_bytes_are_rows_or_one_clear_error(data: bytes, start: bytes) -> None:
    try:
        for row in opened(start + data):
            assert isinstance(row, Cells | BrokenRow)
    except SourceError as refusal:
        check_line(refusal)
