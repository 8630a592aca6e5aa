"""Sports by the names that devices and apps have for them."""

from __future__ import annotations

import pytest

from runcoach.sources.sport_names import fit_sport, sport_from_words


@pytest.mark.parametrize(
    ("sport", "sub_sport", "sport_type", "indoor"),
    [
        ("running", "generic", "Run", None),
        ("running", None, "Run", None),
        ("running", "street", "Run", None),
        ("running", "track", "Run", None),
        ("running", "trail", "TrailRun", None),
        ("running", "treadmill", "Run", True),
        ("running", "indoor_running", "Run", True),
        ("running", "virtual_activity", "VirtualRun", None),
        ("cycling", "road", "Ride", None),
        ("cycling", "indoor_cycling", "Ride", True),
        ("cycling", "spin", "Ride", True),
        ("cycling", "mountain", "MountainBikeRide", None),
        ("cycling", "gravel_cycling", "GravelRide", None),
        ("cycling", "virtual_activity", "VirtualRide", None),
        ("e_biking", None, "EBikeRide", None),
        ("swimming", "lap_swimming", "Swim", None),
        ("walking", "indoor_walking", "Walk", True),
        ("hiking", None, "Hike", None),
        ("rowing", "indoor_rowing", "Rowing", True),
        ("cross_country_skiing", "skate_skiing", "NordicSki", None),
        ("alpine_skiing", "resort", "AlpineSki", None),
        ("snowshoeing", None, "Snowshoe", None),
        ("training", "strength_training", "WeightTraining", None),
        ("training", "yoga", "Yoga", None),
        ("training", "cardio_training", "Workout", None),
        ("fitness_equipment", "elliptical", "Elliptical", None),
        ("fitness_equipment", "stair_climbing", "StairStepper", None),
        ("fitness_equipment", "treadmill", "Run", True),
        ("transition", None, "Transition", None),
        ("boxing", None, "Workout", None),
        ("basketball", None, "Basketball", None),
        ("wheelchair_push_run", "generic", "Wheelchair", None),
        ("all", None, None, None),
        (199, None, "Workout", None),
        ("generic", "generic", None, None),
        (None, None, None, None),
        ([1, 2], None, "Workout", None),
    ],
)
def test_fit_sport(sport: object, sub_sport: object, sport_type: str | None, indoor: bool | None) -> None:
    assert fit_sport(sport, sub_sport) == (sport_type, indoor)


@pytest.mark.parametrize(
    ("words", "sport_type", "indoor"),
    [
        ("running", "Run", None),
        ("Running", "Run", None),
        ("run", "Run", None),
        ("9", "Run", None),
        ("1", "Ride", None),
        ("10", "Walk", None),
        ("4", "Hike", None),
        ("trail_running", "TrailRun", None),
        ("Trail Run", "TrailRun", None),
        ("treadmill_running", "Run", True),
        ("Indoor Running", "Run", True),
        ("cycling", "Ride", None),
        ("Biking", "Ride", None),
        ("indoor_cycling", "Ride", True),
        ("mountain_biking", "MountainBikeRide", None),
        ("Walking", "Walk", None),
        ("hiking", "Hike", None),
        ("lap_swimming", "Swim", None),
        ("cross-country skiing", "NordicSki", None),
        ("Laufen", "Run", None),
        ("Laufband", "Run", True),
        ("Corsa", "Run", None),
        ("Course à pied", "Run", None),
        ("Carrera", "Run", None),
        ("Corrida", "Run", None),
        ("Hardlopen", "Run", None),
        ("Rennen", "Run", None),
        ("Fietsen", "Ride", None),
        ("Бег", "Run", None),
        ("Бег на беговой дорожке", "Run", True),
        ("Біг", "Run", None),
        ("Ходьба", "Walk", None),
        ("跑步", "Run", None),
        ("室内跑步", "Run", True),
        ("越野跑", "TrailRun", None),
        ("骑行", "Ride", None),
        ("ランニング", "Run", None),
        ("トレッドミル", "Run", True),
        ("サイクリング", "Ride", None),
        ("Wanderung", "Hike", None),
        ("Other", None, None),
        ("jkljkl", None, None),
        ("indoor_knitting", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_sport_from_words(words: str | None, sport_type: str | None, indoor: bool | None) -> None:
    assert sport_from_words(words) == (sport_type, indoor)
