"""Words for sports: one meaning each, in seven languages, for all the sports that Strava has."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from runcoach.sources import localized_sports
from runcoach.sources.localized_sports import SPORT_WORDS, sport_type_of


def test_no_word_means_two_sports() -> None:
    for sport, words in [*SPORT_WORDS.items(), *localized_sports._MORE_WORDS.items()]:
        for word in (sport, *filter(None, map(str.strip, re.split("[,;]", words)))):
            assert sport_type_of(word) == sport, word


def test_every_row_has_a_place_for_each_language() -> None:
    for sport, words in SPORT_WORDS.items():
        assert len(words.split(";")) in {1, 7}, sport


@pytest.mark.parametrize(
    ("word", "sport"),
    [
        ("Run", "Run"),
        ("Trail Run", "TrailRun"),
        ("Weight Training", "WeightTraining"),
        ("E-Bike Ride", "EBikeRide"),
        ("High Intensity Interval Training", "HighIntensityIntervalTraining"),
        ("Football (Soccer)", "Soccer"),
        ("Stair-Stepper", "StairStepper"),
        ("Lauf", "Run"),
        ("Fußball", "Soccer"),
        ("Gewichtstraining", "WeightTraining"),
        ("Course à pied", "Run"),
        ("course a pied", "Run"),
        ("Course a\u0300 pied", "Run"),
        ("Course\u00a0à\u202fpied", "Run"),
        ("Entraînement aux poids", "WeightTraining"),
        ("Carrera", "Run"),
        ("Bicicleta virtual", "VirtualRide"),
        ("Corsa", "Run"),
        ("Nuotata", "Swim"),
        ("Hardloopsessie", "Run"),
        ("Stepapparaat", "StairStepper"),
        ("Corrida", "Run"),
        ("Treino com peso", "WeightTraining"),
        ("Trilha", "Hike"),
        ("Bieg", None),
        ("", None),
        ("Run" * 100, None),
    ],
)
def test_sport_type_of(word: str, sport: str | None) -> None:
    assert sport_type_of(word) == sport


def test_the_words_of_exports_are_known(export_maker: ModuleType) -> None:
    for way in export_maker.LANGUAGES.values():
        for sport, word in way.sports.items():
            assert sport_type_of(word) == sport, word


@pytest.mark.corpus
def test_every_sport_of_strava_has_a_row(corpus: Path) -> None:
    swagger = json.loads((corpus / "openapi" / "strava_swagger_bundled_obalunenko.json").read_text())
    sports = re.findall(r'"TrailRun"', json.dumps(swagger))
    assert sports
    found: list[list[str]] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if "TrailRun" in node.get("enum", []):
                found.append(node["enum"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(swagger)
    assert set(found[0]) <= set(SPORT_WORDS)
