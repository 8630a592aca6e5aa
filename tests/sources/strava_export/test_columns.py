"""Which column holds what: by position in every generation, with names as a check, and no guess beyond that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runcoach.errors import SourceError
from runcoach.sources.strava_export import columns as columns_module
from runcoach.sources.strava_export.columns import Columns, fields_by_name, find_columns, plain_name

SPAN = (
    '<span class="translation_missing" title="translation missing: '
    'en-US.lib.export.portability_exporter.activities.horton_values.{}">{}</span>'
)
MISSING = "translation missing: en-US.lib.export.portability_exporter.activities.horton_values.{}"

#: An export of 2022 in Spanish: a first part of twelve columns, with a heart rate and without private notes.
SPANISH_2022 = [
    "ID de actividad",
    "Fecha de la actividad",
    "Nombre de la actividad",
    "Tipo de actividad",
    "Descripción de la actividad",
    "Tiempo transcurrido",
    "Distancia",
    "Ritmo cardiaco máximo",
    "Esfuerzo Relativo",
    "Desplazamiento",
    "Equipamiento de la actividad",
    "Nombre del archivo",
    "Peso del deportista",
    "Peso de la bicicleta",
    "Tiempo transcurrido",
    "Tiempo en movimiento",
    "Distancia",
    "Velocidad máxima",
    "Velocidad promedio",
    "Desnivel positivo",
    "Pérdida de desnivel",
    "Desnivel bajo",
    "Desnivel alto",
    "Pendiente máxima",
    "Pendiente promedio",
    "Pendiente positiva promedio",
    "Pendiente negativa promedio",
    "Cadencia máx.",
    "Cadencia promedio",
    "Ritmo cardiaco máximo",
    "Ritmo cardiaco promedio",
    "Vatios máx.",
    "Vatios promedio",
    "Calorías",
    "Temperatura máx.",
    "Temperatura promedio",
]


def where(columns: Columns, header: list[str], *fields: str) -> list[str]:
    return [header[columns.positions[field]] if field in columns.positions else "-" for field in fields]


@pytest.mark.corpus
@pytest.mark.parametrize(
    "name",
    [
        "en_2022_77_translation_missing",
        "en_202312_87",
        "en_202409_94",
        "en_202510_99",
        "en_103",
    ],
)
def test_real_english_headers_confirm_every_position(corpus: Path, name: str) -> None:
    header = (corpus / "headers" / f"{name}.csv").read_text(encoding="utf-8").strip().split(",")
    columns = find_columns(header, [])
    assert where(columns, header, "activity_id", "date", "name", "type", "description", "gear", "filename") == [
        *["Activity ID", "Activity Date", "Activity Name", "Activity Type", "Activity Description"],
        *["Activity Gear", "Filename"],
    ]
    assert where(columns, header, "moving_s", "elevation_gain_m", "elevation_low_m", "elevation_high_m") == [
        *["Moving Time", "Elevation Gain", "Elevation Low", "Elevation High"],
    ]
    assert where(columns, header, "max_cadence", "avg_cadence", "max_hr_bpm", "avg_hr_bpm") == [
        *["Max Cadence", "Average Cadence", "Max Heart Rate", "Average Heart Rate"],
    ]
    assert where(columns, header, "max_power_w", "avg_power_w", "calories_kcal", "temperature_c") == [
        *["Max Watts", "Average Watts", "Calories", "Average Temperature"],
    ]
    assert columns.positions["elapsed_s"] == header.index("Elapsed Time", 6)
    assert columns.positions["distance_m"] == header.index("Distance", 7)
    assert columns.decimal_mark == "."
    wide = len(header) >= 99
    assert where(columns, header, "competition", "long_run") == (["Competition", "Long Run"] if wide else ["-", "-"])
    note = ["Activity Private Note", "Max Heart Rate"] if len(header) > 77 else ["-", "-"]
    assert where(columns, header, "private_note", "shown_max_hr") == note


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "names"),
    [
        (
            "de_92",
            ["Dateiname", "Bewegungszeit", "Höhenzunahme", "Durchschnittliche Herzfrequenz", "Kalorien"],
        ),
        (
            "fr_2026_103",
            [
                "Nom du fichier",
                "Durée de déplacement",
                "Dénivelé positif",
                "Fréquence cardiaque moyenne",
                "Calories",
            ],
        ),
    ],
)
def test_real_headers_of_other_languages_confirm_the_positions(corpus: Path, name: str, names: list[str]) -> None:
    header = (corpus / "headers" / f"{name}.csv").read_text(encoding="utf-8").strip().split(",")
    columns = find_columns(header, [])
    fields = ["filename", "moving_s", "elevation_gain_m", "avg_hr_bpm", "calories_kcal"]
    assert where(columns, header, *fields) == names
    assert columns.decimal_mark == ","


def test_a_first_part_of_twelve_is_found_by_its_names() -> None:
    columns = find_columns(SPANISH_2022, [])
    fields = [
        "filename",
        "gear",
        "private_note",
        "shown_max_hr",
        "moving_s",
        "elevation_gain_m",
        "temperature_c",
    ]
    assert where(columns, SPANISH_2022, *fields) == [
        *["Nombre del archivo", "Equipamiento de la actividad", "-", "Ritmo cardiaco máximo"],
        *["Tiempo en movimiento", "Desnivel positivo", "Temperatura promedio"],
    ]
    assert columns.positions["elapsed_s"] == 14
    assert columns.positions["distance_m"] == 16


def test_a_first_part_of_twelve_is_found_in_a_language_unknown() -> None:
    header = [f"x{place}" for place in range(82)]
    header[14], header[16] = header[5], header[6]
    columns = find_columns(header, [])
    assert (
        columns.positions["filename"],
        columns.positions["gear"],
        columns.positions["moving_s"],
        columns.positions["temperature_c"],
    ) == (11, 10, 15, 35)


def test_unknown_column_in_the_first_part(export_maker: ModuleType) -> None:
    header = export_maker.header("nl", 103)
    header.insert(8, "new")
    columns = find_columns(header, [])
    assert (
        columns.positions["filename"],
        columns.positions["gear"],
        columns.positions["elapsed_s"],
        columns.positions["distance_m"],
    ) == (13, 12, 16, 18)
    assert "private_note" not in columns.positions  # where it is by now, nobody can say


def test_columns_in_another_order_are_found_by_name() -> None:
    header = ["Filename", "Activity Type", "Activity ID", "Activity Date", "Moving Time", "Distance", "Elapsed Time"]
    columns = find_columns(header, [["", "Run", "1", "", "", "6.3", "1800"]])
    assert where(columns, header, "activity_id", "date", "type", "filename", "moving_s") == [
        *["Activity ID", "Activity Date", "Activity Type", "Filename", "Moving Time"],
    ]
    assert columns.shown_unit_m == 1000.0


def test_unit_of_a_single_distance_by_speed() -> None:
    header = ["Activiteits-ID", "Datum van activiteit", "Activiteitstype", "Verstreken tijd", "Afstand"]
    rows = [["1", "", "Hardloopsessie", "1900", "7500.0"], ["2", "", "Fietsrit", "3900", "30000.0"]]
    assert find_columns(header, rows).shown_unit_m == 1.0


@pytest.mark.parametrize("form", [SPAN, MISSING])
def test_html_and_missing_translations_in_names(form: str) -> None:
    assert plain_name(form.format("start_time", "Start Time")) == "start time"
    second = [form.format("x", "x")] * 24
    second[2], second[4] = "Elapsed Time", "Distance"
    columns = find_columns([*_ENGLISH_FIRST, *second], [])
    assert (columns.positions["filename"], columns.positions["elapsed_s"], columns.positions["distance_m"]) == (
        12,
        15,
        17,
    )


_ENGLISH_FIRST = [
    "Activity ID",
    "Activity Date",
    "Activity Name",
    "Activity Type",
    "Activity Description",
    "Elapsed Time",
    "Distance",
    "Max Heart Rate",
    "Relative Effort",
    "Commute",
    "Activity Private Note",
    "Activity Gear",
    "Filename",
]


def test_columns_by_rows_if_names_are_unknown(export_maker: ModuleType, run_of: Callable[..., Any]) -> None:
    for width, length in ((77, 11), (87, 13), (99, 13), (103, 13)):
        header = [f"x{place}" for place in range(width)]
        rows = [export_maker.cells(run_of(), columns=width) for _ in range(3)]
        columns = find_columns(header, rows)
        assert columns.positions["filename"] == length - 1
        assert columns.positions["elapsed_s"] == length + 2


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (["a"], []),
        (["a", "b", "c"], [["1", "2", "3"]]),
        ([f"x{place}" for place in range(103)], []),
        ([f"x{place}" for place in range(103)], [["word"] * 103]),
        ([f"x{place}" for place in range(50)], [["1"] * 50]),
        (
            ["Activity Type", "Date", "Favorite", "Title", "Distance"],
            [["Running", "2024-06-04 06:13:47", "false", "x", "1"]],
        ),
        (["Activity ID"] * 103, [["1"] * 103]),
    ],
)
def test_unknown_header_is_an_error(header: list[str], rows: list[list[str]]) -> None:
    with pytest.raises(SourceError, match=r"^activities\.csv has a header in no known form: \d+ columns, the first"):
        find_columns(header, rows)


def test_decimal_mark_by_language_or_rows(export_maker: ModuleType) -> None:
    for name, sign in (("Activity ID", "."), ("Aktivitäts-ID", ","), ("ID de actividad", None)):
        header = [name, *export_maker.header("en", 103)[1:]]
        assert find_columns(header, []).decimal_mark == sign
    for language, sign in (("es", ","), ("es-MX", "."), ("nl", ",")):
        runs = [export_maker.Run(place, 0, distance_m=metres) for place, metres in enumerate((1_234_000.0, 9_440.0), 1)]
        rows = [export_maker.cells(run, language=language) for run in runs]
        assert find_columns(export_maker.header(language, 103), rows).decimal_mark == sign


def test_no_name_belongs_to_two_fields() -> None:
    count = sum(len({plain_name(name) for name in names.split(",")}) for names in columns_module._NAMES.values())
    assert len(fields_by_name()) == count
