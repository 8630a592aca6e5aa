"""Names of workouts in Apple Health → Strava's ``sport_type``."""

from __future__ import annotations

from runcoach.domain.sports import UNKNOWN

_PREFIX = "HKWorkoutActivityType"

_SPORTS = {
    "AlpineSkiing": "AlpineSki",
    "DownhillSkiing": "AlpineSki",
    "Badminton": "Badminton",
    "Climbing": "RockClimbing",
    "CrossCountrySkiing": "NordicSki",
    "Cycling": "Ride",
    "Elliptical": "Elliptical",
    "FunctionalStrengthTraining": "WeightTraining",
    "Golf": "Golf",
    "HandCycling": "Handcycle",
    "HighIntensityIntervalTraining": "HighIntensityIntervalTraining",
    "Hiking": "Hike",
    "Pickleball": "Pickleball",
    "Pilates": "Pilates",
    "Racquetball": "Racquetball",
    "Rowing": "Rowing",
    "Running": "Run",
    "Sailing": "Sail",
    "SkatingSports": "InlineSkate",
    "Snowboarding": "Snowboard",
    "Soccer": "Soccer",
    "Squash": "Squash",
    "StairClimbing": "StairStepper",
    "Stairs": "StairStepper",
    "StepTraining": "StairStepper",
    "SurfingSports": "Surfing",
    "Swimming": "Swim",
    "TableTennis": "TableTennis",
    "Tennis": "Tennis",
    "TraditionalStrengthTraining": "WeightTraining",
    "Walking": "Walk",
    "WheelchairRunPace": "Wheelchair",
    "WheelchairWalkPace": "Wheelchair",
    "Yoga": "Yoga",
}


def sport_type(activity_type: str) -> str:
    """The sport of ``HKWorkoutActivityTypeRunning``; a workout of any other kind is a :data:`UNKNOWN`."""
    return _SPORTS.get(activity_type.removeprefix(_PREFIX), UNKNOWN)
