"""Names of sports in FIT, GPX and TCX files → Strava's ``sport_type``, and whether the name means indoors."""

from __future__ import annotations

from runcoach.domain.sports import UNKNOWN
from runcoach.sources.localized_sports import is_indoor_name, name_key, sport_type_of

#: The sport of a session between two sports of a multisport race.
TRANSITION = "Transition"

#: FIT sport → Strava's, None where it names no sport. Others are a Workout.
_FIT_SPORTS: dict[str, str | None] = {
    "all": None,
    "alpine_skiing": "AlpineSki",
    "canoeing": "Canoeing",
    "cross_country_skiing": "NordicSki",
    "cycling": "Ride",
    "e_biking": "EBikeRide",
    "generic": None,
    "golf": "Golf",
    "hiking": "Hike",
    "hiit": "HighIntensityIntervalTraining",
    "ice_skating": "IceSkate",
    "inline_skating": "InlineSkate",
    "kayaking": "Kayaking",
    "kitesurfing": "Kitesurf",
    "mountaineering": "Hike",
    "paddling": "Canoeing",
    "rock_climbing": "RockClimbing",
    "rowing": "Rowing",
    "running": "Run",
    "sailing": "Sail",
    "snowboarding": "Snowboard",
    "snowshoeing": "Snowshoe",
    "soccer": "Soccer",
    "stand_up_paddleboarding": "StandUpPaddling",
    "surfing": "Surfing",
    "swimming": "Swim",
    "tennis": "Tennis",
    "transition": TRANSITION,
    "walking": "Walk",
    "wheelchair_push_run": "Wheelchair",
    "wheelchair_push_walk": "Wheelchair",
    "windsurfing": "Windsurf",
}

#: FIT sport and sub-sport → Strava's, where the sub-sport changes it.
_FIT_SUB_SPORTS: dict[tuple[str, str], str] = {
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
    ("fitness_equipment", "elliptical"): "Elliptical",
    ("fitness_equipment", "indoor_cycling"): "Ride",
    ("fitness_equipment", "indoor_rowing"): "Rowing",
    ("fitness_equipment", "indoor_running"): "Run",
    ("fitness_equipment", "indoor_walking"): "Walk",
    ("fitness_equipment", "spin"): "Ride",
    ("fitness_equipment", "stair_climbing"): "StairStepper",
    ("fitness_equipment", "strength_training"): "WeightTraining",
    ("fitness_equipment", "treadmill"): "Run",
    ("racket", "badminton"): "Badminton",
    ("racket", "pickleball"): "Pickleball",
    ("racket", "racquetball"): "Racquetball",
    ("racket", "squash"): "Squash",
    ("racket", "table_tennis"): "TableTennis",
    ("rowing", "virtual_activity"): "VirtualRow",
    ("running", "trail"): "TrailRun",
    ("running", "virtual_activity"): "VirtualRun",
    ("training", "hiit"): "HighIntensityIntervalTraining",
    ("training", "pilates"): "Pilates",
    ("training", "strength_training"): "WeightTraining",
    ("training", "yoga"): "Yoga",
}

#: FIT sub-sports that are indoors, apart from those that begin with ``indoor_``.
_FIT_INDOORS = frozenset({"treadmill", "spin"})

#: Names of sports in GPX and TCX as many apps write them, in lower case, letters and digits only. Old exports of Strava
#: write its number of the sport.
_WORDS: dict[str, str] = {
    word: sport
    for sport, words in {
        "AlpineSki": "alpineski alpineskiing downhillskiing skiing resortskiing resortskiingsnowboarding",
        "BackcountrySki": "backcountryski backcountryskiing backcountryskiingsnowboarding skitouring",
        "Canoeing": "canoeing canoe paddling",
        "EBikeRide": "ebikeride ebiking ebike ebikefitness",
        "EMountainBikeRide": "emountainbikeride ebikemountain",
        "Elliptical": "elliptical crosstrainer",
        "GravelRide": "gravelride gravelcycling gravel",
        "Hike": "hike hiking 4 mountaineering trekking",
        "IceSkate": "iceskate iceskating",
        "InlineSkate": "inlineskate inlineskating rollerskating",
        "Kayaking": "kayaking kayak",
        "MountainBikeRide": "mountainbikeride mountainbiking mountainbike mtb mtbing",
        "NordicSki": "nordicski crosscountryskiing nordicskiing xcskiing skatingskiing crosscountryskiingws",
        "Ride": "ride cycling biking bike 1 cyclingtransportation cyclingsport roadbiking roadcycling"
        " bicycling roadbike cyclocross indoorcycling spinning",
        "Rowing": "rowing row indoorrowing",
        "Run": "run running 9 jogging jog streetrunning trackrunning treadmillrunning treadmill indoorrunning"
        " runningtreadmill outdoorrun outdoorrunning roadrunning racerun ultrarun ultrarunning"
        " indoorrun obstaclerun",
        "Snowboard": "snowboard snowboarding",
        "Snowshoe": "snowshoe snowshoeing",
        "StairStepper": "stairstepper stairclimbing floorclimbing",
        "Swim": "swim swimming 16 lapswimming openwaterswimming poolswimming openwater",
        "TrailRun": "trailrun trailrunning trail runningtrail",
        "VirtualRide": "virtualride virtualcycling",
        "VirtualRun": "virtualrun virtualrunning",
        "Walk": "walk walking 10 fitnesswalking casualwalking speedwalking nordicwalking indoorwalking"
        " treadmillwalking powerwalking outdoorwalk",
        "WeightTraining": "weighttraining strengthtraining",
        "Workout": "workout fitnessequipment cardio cardiotraining indoorcardio",
        "Yoga": "yoga",
    }.items()
    for word in words.split()
}


def fit_sport(sport: object, sub_sport: object) -> tuple[str | None, bool | None]:
    """``(sport_type, indoor)`` from the enum labels of a FIT session; indoor is None where unknown."""
    name, sub_name = (value if isinstance(value, str) else None for value in (sport, sub_sport))
    indoor = True if sub_name is not None and (sub_name in _FIT_INDOORS or sub_name.startswith("indoor_")) else None
    if name is None:
        return (None if sport is None else UNKNOWN), indoor
    return _FIT_SUB_SPORTS.get((name, sub_name or "")) or _FIT_SPORTS.get(name, UNKNOWN), indoor


def sport_from_words(words: str | None) -> tuple[str | None, bool | None]:
    """``(sport_type, indoor)`` from the name that an app wrote, like "Trail Running", "Laufen" or "9".

    None for names of no sport in particular and unknown names.
    """
    text = words or ""
    sport = _WORDS.get(name_key(text)) or sport_type_of(text)
    return sport, (True if sport and is_indoor_name(text) else None)
