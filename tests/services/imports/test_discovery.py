"""Which items an import reads from files, folders and archives."""

from __future__ import annotations

from pathlib import Path

import export_maker

from runcoach.services.imports.discovery import ImportItem, discover


def test_files_without_a_row_follow_the_rows(tmp_path: Path) -> None:
    runs = [export_maker.Run(1, 0, ending="gpx"), export_maker.Run(2, 86_400, ending=None)]
    extra = {"activities/9.gpx": b"<gpx/>", "routes/1.gpx": b"<gpx/>", "media/x.jpg": b""}
    path = export_maker.write_export(tmp_path / "export.zip", runs, extra=extra, top="export_1/")
    items = [item for item in discover([path]) if isinstance(item, ImportItem)]
    assert [item.row is not None for item in items] == [True, True, False, False]
    assert [item.member for item in items] == [
        f"export_1/{runs[0].filename}",
        None,
        "export_1/activities/9.gpx",
        "export_1/routes/1.gpx",
    ]
