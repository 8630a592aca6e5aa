"""Pictures as a person sees them: the line, its ends, the treadmill; small, crisp and the same every time."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from runcoach.domain.streams import FloatArray, Streams
from runcoach.errors import SourceError
from runcoach.images.thumbnail import INDOORS, OUTDOORS, Drawing, belongs_to, draw
from runcoach.sources.file_formats import read_bytes

Degrees = Callable[..., tuple[FloatArray, FloatArray]]
LINE, START, FINISH = OUTDOORS.inks
INDOOR_LINE = INDOORS.inks[0]
Pixels = npt.NDArray[np.uint8]


def pixels(png: bytes) -> Pixels:
    with Image.open(BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGB"))


def where(png: bytes, colour: tuple[int, int, int]) -> npt.NDArray[np.intp]:
    """Row and column of every pixel that has exactly this colour, shape ``(n, 2)``."""
    return np.argwhere((pixels(png) == colour).all(axis=2))


@pytest.fixture
def loop(degrees: Degrees) -> Callable[..., Streams]:
    """A run around a square with sides of a kilometre, beginning in the south-west towards the east."""

    def make(side: float = 1000.0, *, turned: bool = False) -> Streams:
        corners = np.array([[0.0, 0.0], [side, 0.0], [side, side], [0.0, side], [0.0, 300.0]])
        points = np.concatenate([np.linspace(a, b, 300) for a, b in pairwise(corners)])
        lat, lng = degrees(points[::-1] if turned else points)
        return Streams(np.arange(float(len(points))), {"lat_deg": lat, "lng_deg": lng}).quantized()

    return make


@pytest.fixture
def indoors() -> Callable[..., Streams]:
    def make(bpm: FloatArray | None = None, **channels: FloatArray) -> Streams:
        size = 1800
        given = {"heart_rate_bpm": bpm, **channels}
        return Streams(np.arange(float(size)), {name: values for name, values in given.items() if values is not None})

    return make


def waves(count: int, size: int = 1800) -> FloatArray:
    turn: FloatArray = np.arange(size) / size * 2 * np.pi * count
    beats: FloatArray = 140.0 + 20.0 * np.sin(turn)
    return beats


def is_a_picture(drawing: Drawing) -> None:
    for png, edge in ((drawing.small, 256), (drawing.large, 512)):
        with Image.open(BytesIO(png)) as picture:
            picture.load()
            assert (picture.format, picture.mode, picture.size) == ("PNG", "P", (edge, edge))
    assert len(drawing.small) <= 8192


def test_a_route_has_its_line_its_start_and_its_finish(loop: Callable[..., Streams]) -> None:
    drawing = draw(loop(), "Run", 100.0)
    is_a_picture(drawing)
    for png, edge in ((drawing.small, 256), (drawing.large, 512)):
        start, finish, line = (where(png, colour).mean(axis=0) / edge for colour in (START, FINISH, LINE))
        assert start[0] > 0.8  # at the bottom, which is south
        assert 0.15 < start[1] < 0.4
        assert 0.4 < finish[0] < 0.85
        assert finish[1] < 0.2
        assert line == pytest.approx((0.5, 0.5), abs=0.1)


def test_start_and_finish_change_places_with_the_direction(loop: Callable[..., Streams]) -> None:
    there, back = draw(loop(), "Run", 100.0).small, draw(loop(turned=True), "Run", 100.0).small
    assert where(there, START).mean(axis=0) == pytest.approx(where(back, FINISH).mean(axis=0), abs=1.5)


def test_where_it_ends_as_it_began_the_dot_stands_in_the_ring(degrees: Degrees) -> None:
    out = np.column_stack([np.linspace(0.0, 2000.0, 500), np.zeros(500)])
    lat, lng = degrees(np.concatenate([out, out[::-1]]))
    png = draw(Streams(np.arange(1000.0), {"lat_deg": lat, "lng_deg": lng}), "Run", 200.0).large
    dot, ring = where(png, START), where(png, FINISH)
    assert dot.mean(axis=0) == pytest.approx(ring.mean(axis=0), abs=1.0)
    assert np.ptp(dot, axis=0).max() < np.ptp(ring, axis=0).min() - 8


def test_lines_are_soft_at_their_edges(loop: Callable[..., Streams]) -> None:
    """A line aslant passes through the shades between the ground and the ink."""
    streams = loop()
    lat = streams.channels["lat_deg"] + (streams.channels["lng_deg"] - 7.8) * 0.3
    for png in (draw(streams.with_channels({"lat_deg": lat}), "Run", 0.0)).small, draw(streams, "Run", 0.0).large:
        shades = {tuple(colour) for colour in pixels(png).reshape(-1, 3)}
        assert {OUTDOORS.ground, LINE, START, FINISH} <= shades
        assert len(shades) > 12


def test_the_door_is_nowhere_in_the_picture(loop: Callable[..., Streams]) -> None:
    """With nothing hidden the line reaches the south-west corner, with 400 m hidden it does not come near."""
    corner = (slice(190, 256), slice(0, 66))
    ground = np.array(OUTDOORS.ground)
    assert (pixels(draw(loop(), "Run", 0.0).small)[corner] != ground).any()
    assert (pixels(draw(loop(), "Run", 400.0).small)[corner] == ground).all()


def test_the_same_run_gives_the_same_bytes(loop: Callable[..., Streams]) -> None:
    assert draw(loop(), "Run", 200.0) == draw(loop(), "Run", 200.0)
    assert draw(loop(), "Run", 200.0) != draw(loop(), "Run", 300.0)


def test_an_indoor_run_stands_on_a_treadmill(indoors: Callable[..., Streams]) -> None:
    drawing = draw(indoors(waves(3)), "Run", 200.0)
    is_a_picture(drawing)
    assert len(where(drawing.small, INDOOR_LINE)) > 100
    assert not len(where(drawing.small, LINE))
    belt = pixels(drawing.small)[:, 128]
    above, middle, below = (bool((belt[y] == INDOORS.ground).all()) for y in (197, 204, 211))
    assert (above, middle, below) == (False, True, False)
    floor = pixels(draw(indoors(waves(3)), "Workout", 200.0).small)[:, 128]
    assert (floor[197] == INDOORS.ground).all()
    assert (floor[204] != INDOORS.ground).any()


def test_indoor_runs_look_different(indoors: Callable[..., Streams]) -> None:
    drawn = {draw(indoors(waves(count)), "Run", 200.0).small for count in range(1, 6)}
    assert len(drawn) == 5


def test_the_hill_of_the_profile_is_where_the_heart_beat_fast(indoors: Callable[..., Streams]) -> None:
    bpm = np.full(1800, 120.0)
    bpm[1200:] = 170.0
    line = where(draw(indoors(bpm), "Run", 200.0).small, INDOOR_LINE)
    before, after = line[line[:, 1] < 120][:, 0].mean(), line[line[:, 1] > 180][:, 0].mean()
    assert after < before - 60  # higher up


def test_a_lively_pace_tells_more_than_the_heart(indoors: Callable[..., Streams]) -> None:
    distance = np.cumsum(np.where(np.arange(1800) // 300 % 2, 4.0, 2.5))
    with_pace = draw(indoors(waves(3), distance_m=distance), "Run", 200.0).small
    assert with_pace == draw(indoors(distance_m=distance), "Run", 200.0).small
    steady = draw(indoors(waves(3), distance_m=np.arange(1800) * 3.0), "Run", 200.0).small
    assert steady == draw(indoors(waves(3)), "Run", 200.0).small


def test_a_steady_heart_is_a_calm_line(indoors: Callable[..., Streams]) -> None:
    bpm = 140.0 + np.random.default_rng(5).integers(-2, 3, 1800)
    line = where(draw(indoors(bpm), "Run", 200.0).small, INDOOR_LINE)
    assert np.ptp(line[line[:, 0] < 185][:, 0]) < 20


def test_a_run_that_is_hidden_whole_shows_its_profile_between_start_and_finish(loop: Callable[..., Streams]) -> None:
    streams = loop(200.0)
    beats = waves(3, len(streams))
    drawing = draw(streams.with_channels({"heart_rate_bpm": beats}), "Run", 300.0)
    is_a_picture(drawing)
    start, finish = where(drawing.small, START), where(drawing.small, FINISH)
    assert start[:, 1].max() < 50
    assert finish[:, 1].min() > 200
    assert len(where(drawing.small, LINE)) > 100


@pytest.mark.parametrize("sport", ["Run", "Walk", "Ride", "Swim", "Hike", "WeightTraining", "Yoga", "Ω"])
def test_a_sport_alone_has_a_sign(sport: str) -> None:
    drawing = draw(None, sport, 200.0)
    is_a_picture(drawing)
    assert len(where(drawing.small, INDOOR_LINE)) > 800


def test_sports_have_signs_of_their_own() -> None:
    assert (
        len({draw(None, sport, 0.0).small for sport in ("Run", "Walk", "Ride", "Swim", "Hike", "Crossfit", "Yoga")})
        == 7
    )


@pytest.mark.parametrize(
    "streams",
    [
        Streams(np.empty(0)),
        Streams(np.zeros(50), {"heart_rate_bpm": np.full(50, 140.0)}),
        Streams(np.arange(50.0), {"heart_rate_bpm": np.full(50, np.nan), "lat_deg": np.full(50, np.nan)}),
        Streams(np.arange(50.0), {"lat_deg": np.full(50, np.nan), "lng_deg": np.full(50, np.nan)}),
        Streams(np.arange(50.0), {"lat_deg": np.full(50, 90.0), "lng_deg": np.linspace(0.0, 90.0, 50)}),
        Streams(np.arange(2.0), {"lat_deg": np.array([-90.0, 90.0]), "lng_deg": np.array([-180.0, 180.0])}),
        Streams(np.arange(100.0)[::-1].copy(), {"distance_m": np.zeros(100)}),
    ],
)
def test_whatever_was_recorded_there_is_a_picture(streams: Streams) -> None:
    is_a_picture(draw(streams, "Run", 200.0))
    is_a_picture(draw(streams, "Run", 0.0))


def test_the_large_one_knows_its_twin(loop: Callable[..., Streams]) -> None:
    mine, other = draw(loop(), "Run", 100.0), draw(loop(), "Run", 150.0)
    assert belongs_to(mine.large, mine.small)
    assert not belongs_to(mine.large, other.small)
    assert not belongs_to(mine.large[:-20], mine.small)
    assert not belongs_to(mine.small, mine.small)
    assert not belongs_to(b"", mine.small)


@pytest.mark.parametrize("palette", [OUTDOORS, INDOORS])
def test_every_ink_stands_out_from_the_ground(palette: object) -> None:
    """The contrast of the Web Content Accessibility Guidelines, (lighter + 0.05) / (darker + 0.05), is over 5."""
    assert isinstance(palette, type(OUTDOORS))
    for ink in palette.inks:
        assert (luminance(ink) + 0.05) / (luminance(palette.ground) + 0.05) > 5


def luminance(colour: tuple[int, int, int]) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in np.array(colour) / 255
    ]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


@pytest.mark.corpus
def test_every_real_recording_has_a_small_picture(corpus: Path) -> None:
    drawn = 0
    for path in sorted((corpus / "activities" / "gpx").glob("*.gpx")):
        try:
            reading = read_bytes(path.read_bytes(), path.name)
        except SourceError:
            continue
        for recording in reading.recordings:
            is_a_picture(draw(recording.streams, "Run", 200.0))
            drawn += 1
    assert drawn > 10
