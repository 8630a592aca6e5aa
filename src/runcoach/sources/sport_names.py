"""Names of sports in FIT, GPX and TCX files → Strava's ``sport_type``, and whether the name means indoors."""

from __future__ import annotations

from runcoach.domain.sports import UNKNOWN
from runcoach.sources.localized_sports import is_indoor_name, name_key, sport_type_of

#: The sport of a session between two sports of a multisport race.
TRANSITION = "Transition"

#: FIT sports that name no sport.
_FIT_NO_SPORTS = frozenset({"all", "generic"})

#: FIT sports that are groups: their sub-sport says which one.
_FIT_GROUPS = frozenset({"fitness_equipment", "racket", "training"})

#: FIT sport and sub-sport → Strava's, where the words for the sport do not say it. Others are a Workout.
_FIT_SPORTS: dict[tuple[str, str], str] = {
    ("transition", ""): TRANSITION,
    ("alpine_skiing", "backcountry"): "BackcountrySki",
    ("cross_country_skiing", "backcountry"): "BackcountrySki",
    ("cycling", "downhill"): "MountainBikeRide",
    ("cycling", "e_bike_fitness"): "EBikeRide",
    ("cycling", "e_bike_mountain"): "EMountainBikeRide",
    ("cycling", "gravel_cycling"): "GravelRide",
    ("cycling", "hand_cycling"): "Handcycle",
    ("cycling", "indoor_hand_cycling"): "Handcycle",
    ("cycling", "mountain"): "MountainBikeRide",
    ("cycling", "virtual_activity"): "VirtualRide",
    ("e_biking", "e_bike_mountain"): "EMountainBikeRide",
    ("fitness_equipment", "spin"): "Ride",
    ("rowing", "virtual_activity"): "VirtualRow",
    ("running", "trail"): "TrailRun",
    ("running", "virtual_activity"): "VirtualRun",
}

#: Names of sports that Strava does not use, as apps and services write them, in lower case, letters and digits only.
#: Old exports of Strava write its number of the sport.
_WORDS: dict[str, str] = {
    word: sport
    for sport, words in {
        "AlpineSki": "downhillskiing skiing resortskiing resortskiingsnowboarding",
        "BackcountrySki": "backcountryskiingsnowboarding skitouring",
        "Canoeing": "paddling",
        "EBikeRide": "ebiking ebikefitness",
        "EMountainBikeRide": "ebikemountain",
        "GravelRide": "gravelcycling",
        "Handcycle": "handcycling",
        "Hike": "4 mountaineering trekking",
        "InlineSkate": "rollerskating skatingsports",
        "MountainBikeRide": "mtbing",
        "NordicSki": "xcskiing skatingskiing crosscountryskiingws",
        "Ride": "1 bike roadbike roadbiking roadcycling cyclocross bicycling cyclingsport cyclingtransportation"
        " indoorcycling spinning",
        "Rowing": "indoorrowing",
        "Run": "9 jogging streetrunning trackrunning treadmillrunning treadmill runningtreadmill indoorrun"
        " indoorrunning outdoorrun outdoorrunning roadrunning racerun ultrarun ultrarunning obstaclerun"
        " trackandfieldrunning crosscountryrunning triathlonrunning duathlonrunning",
        "StairStepper": "stairclimbing floorclimbing stairs steptraining",
        "Surfing": "surfingsports",
        "Swim": "16 lapswimming openwaterswimming poolswimming openwater",
        "TrailRun": "runningtrail",
        "VirtualRide": "virtualcycling",
        "VirtualRun": "virtualrunning",
        "Walk": "10 fitnesswalking casualwalking speedwalking nordicwalking indoorwalking treadmillwalking powerwalking"
        " outdoorwalk",
        "WeightTraining": "functionalstrengthtraining traditionalstrengthtraining",
        "Wheelchair": "wheelchairrunpace wheelchairwalkpace wheelchairpushrun wheelchairpushwalk",
        "Workout": "fitnessequipment cardio cardiotraining indoorcardio",
    }.items()
    for word in words.split()
}


def fit_sport(sport: object, sub_sport: object) -> tuple[str | None, bool | None]:
    """``(sport_type, indoor)`` from the enum labels of a FIT session; indoor is None where unknown."""
    name, sub_name = (value if isinstance(value, str) else None for value in (sport, sub_sport))
    indoor = True if sub_name is not None and (sub_name == "spin" or is_indoor_name(sub_name)) else None
    if name is None:
        return (None if sport is None else UNKNOWN), indoor
    known = _FIT_SPORTS.get((name, sub_name or "")) or _FIT_SPORTS.get((name, ""))
    known = known or (sport_from_words(sub_name)[0] if name in _FIT_GROUPS else None) or sport_from_words(name)[0]
    return known or (None if name in _FIT_NO_SPORTS else UNKNOWN), indoor


def sport_from_words(words: str | None) -> tuple[str | None, bool | None]:
    """``(sport_type, indoor)`` from the name that an app wrote, like "Trail Running", "Laufen" or "9".

    None for names of no sport in particular and unknown names.
    """
    text = words or ""
    sport = _WORDS.get(name_key(text)) or sport_type_of(text)
    return sport, (True if sport and is_indoor_name(text) else None)
