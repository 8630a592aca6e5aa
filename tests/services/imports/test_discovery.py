"""Which items an import reads from files, folders and archives."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import export_maker

from runcoach.services.imports.discovery import ImportItem, Problem, discover


def test_files_without_a_row_follow_the_rows(tmp_path: Path) -> None:
    runs = [export_maker.Run(1, 0, ending="gpx"), export_maker.Run(2, 86_400, ending=None)]
    extra = {"activities/9.gpx": b"<gpx/>", "routes/1.gpx": b"<gpx/>", "media/x.jpg": b""}
    path = export_maker.write_export(tmp_path / "export.zip", runs, extra=extra, top="export_1/")
    items = [item for item in discover([path], tmp_path / "scratch") if isinstance(item, ImportItem)]
    assert [item.row is not None for item in items] == [True, True, False, False]
    assert [item.member for item in items] == [
        f"export_1/{runs[0].filename}",
        None,
        "export_1/activities/9.gpx",
        "export_1/routes/1.gpx",
    ]


def test_zip_files_in_a_folder_are_read_and_others_skipped(tmp_path: Path) -> None:
    export_maker.write_export(tmp_path / "export.zip", [export_maker.Run(1, 0, ending="gpx")])
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("a.jpg", b"x")
    (tmp_path / "run.gpx").write_bytes(b"<gpx/>")
    found = list(discover([tmp_path], tmp_path / "scratch", base=tmp_path))
    assert [entry.label for entry in found] == ["export.zip: row 2", "photos.zip", "run.gpx"]
    assert isinstance(found[1], Problem)
    assert not found[1].is_failure
    (requested,) = discover([tmp_path / "photos.zip"], tmp_path / "scratch")
    assert isinstance(requested, Problem)
    assert requested.is_failure


def test_names_that_are_not_utf8_have_printable_labels(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"l\xe4ufe")
    folder.mkdir()
    (folder / os.fsdecode(b"l\xe4uf.gpx")).write_bytes(b"<gpx/>")
    (item,) = discover([tmp_path], tmp_path / "scratch", base=tmp_path)
    assert item.label == "l\N{REPLACEMENT CHARACTER}ufe/l\N{REPLACEMENT CHARACTER}uf.gpx"
