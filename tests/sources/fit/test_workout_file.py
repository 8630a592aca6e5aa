"""Workout files, as two decoders that nobody here wrote read them."""

from __future__ import annotations

import io
from typing import Any

import fitdecode
import pytest

from runcoach.domain.training.workout import parse_workout, with_paces
from runcoach.errors import NotAnActivityError
from runcoach.sources.fit.decoder import fast_decoder
from runcoach.sources.fit.reader import read_fit
from runcoach.sources.fit.workout_file import workout_file

CREATED = 1_795_860_000

WORKOUT = with_paces(
    parse_workout("15min E, 5x(1km T, 90s rest), 400m 4:00/km, 2km open"),
    {"easy": (374.6, 312.8), "threshold": (285.2, 272.0)},
)

_TIME = {"duration_type": "time", "intensity": "active"}
_DISTANCE = {"duration_type": "distance", "intensity": "active"}


def _decoded(data: bytes) -> list[dict[str, Any]]:
    """All messages as fitdecode reads them, which checks the file's checksums; fields without a value are left out."""
    strict = {"check_crc": fitdecode.CrcCheck.RAISE, "error_handling": fitdecode.ErrorHandling.RAISE}
    with fitdecode.FitReader(io.BytesIO(data), **strict) as reader:
        frames = list(reader)
    assert [frame.matched for frame in frames if frame.frame_type == fitdecode.FIT_FRAME_CRC] == [True]
    return [
        {"message": frame.name, **{field.name: field.value for field in frame.fields if field.value is not None}}
        for frame in frames
        if frame.frame_type == fitdecode.FIT_FRAME_DATA
    ]


def test_messages_are_those_of_a_workout() -> None:
    file_id, workout, *steps = _decoded(workout_file("Tempo über 5", WORKOUT, CREATED))
    assert (file_id["message"], file_id["type"], file_id["manufacturer"]) == ("file_id", "workout", "development")
    assert int(file_id["time_created"].timestamp()) == CREATED
    assert workout == {"message": "workout", "sport": "running", "num_valid_steps": 6, "wkt_name": "Tempo über 5"}
    assert [step["message_index"] for step in steps] == list(range(6))
    assert {step["message"] for step in steps} == {"workout_step"}


def test_steps_have_lengths_targets_and_repeats() -> None:
    steps = _decoded(workout_file("x", WORKOUT, CREATED))[2:]
    for step in steps:
        del step["message"], step["message_index"]
    speed, none = {"target_type": "speed", "target_speed_zone": 0}, {"target_type": "open", "target_value": 0}
    easy = {"custom_target_speed_low": 2.67, "custom_target_speed_high": 3.197}
    threshold = {"custom_target_speed_low": 3.506, "custom_target_speed_high": 3.676}
    exact = {"custom_target_speed_low": 4.167, "custom_target_speed_high": 4.167}
    assert steps == [
        {**_TIME, "duration_time": 900.0, **speed, **easy},
        {**_DISTANCE, "duration_distance": 1000.0, **speed, **threshold},
        {**_TIME, "intensity": "rest", "duration_time": 90.0, **none},
        {"duration_type": "repeat_until_steps_cmplt", "duration_step": 1, "target_type": "open", "repeat_steps": 5},
        {**_DISTANCE, "duration_distance": 400.0, **speed, **exact},
        {**_DISTANCE, "duration_distance": 2000.0, **none},
    ]


def test_the_fast_decoder_reads_the_same_steps() -> None:
    decode = fast_decoder()
    if decode is None:
        pytest.skip("the fast decoder is not installed")
    messages = decode(workout_file("x", WORKOUT, CREATED))
    assert [message["message_type"] for message in messages] == ["file_id", "workout", *["workout_step"] * 6]
    assert (messages[3]["custom_target_value_low"], messages[3]["custom_target_value_high"]) == (3506, 3676)


def test_the_serial_number_tells_workouts_apart() -> None:
    def serial_number(name: str, text: str, created: int = CREATED) -> int:
        number: int = _decoded(workout_file(name, parse_workout(text), created))[0]["serial_number"]
        return number

    assert serial_number("x", "1km") == serial_number("x", "1km", CREATED + 60)
    assert len({serial_number("x", "1km"), serial_number("y", "1km"), serial_number("x", "2km")}) == 3


def test_a_long_name_is_cut_between_characters() -> None:
    name: str = _decoded(workout_file("ü" * 200, WORKOUT, CREATED))[1]["wkt_name"]
    assert name == "ü" * 127


def test_a_workout_is_not_imported_as_an_activity() -> None:
    with pytest.raises(NotAnActivityError, match="a workout plan"):
        read_fit(workout_file("x", WORKOUT, CREATED))
