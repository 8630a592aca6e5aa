"""Thumbnails: route, markers, area chart, icons; small and deterministic."""

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


def test_draws_route_with_start_and_finish_markers(loop: Callable[..., Streams]) -> None:
    drawing = draw(loop(), "Run", 100.0)
    is_a_picture(drawing)
    for png, edge in ((drawing.small, 256), (drawing.large, 512)):
        start, finish, line = (where(png, colour).mean(axis=0) / edge for colour in (START, FINISH, LINE))
        assert start[0] > 0.8  # at the bottom, which is south
        assert 0.15 < start[1] < 0.4
        assert 0.4 < finish[0] < 0.85
        assert finish[1] < 0.2
        assert line == pytest.approx((0.5, 0.5), abs=0.1)


def test_reversed_route_swaps_markers(loop: Callable[..., Streams]) -> None:
    there, back = draw(loop(), "Run", 100.0).small, draw(loop(turned=True), "Run", 100.0).small
    assert where(there, START).mean(axis=0) == pytest.approx(where(back, FINISH).mean(axis=0), abs=1.5)


def test_closed_loop_draws_dot_inside_ring(degrees: Degrees) -> None:
    out = np.column_stack([np.linspace(0.0, 2000.0, 500), np.zeros(500)])
    lat, lng = degrees(np.concatenate([out, out[::-1]]))
    png = draw(Streams(np.arange(1000.0), {"lat_deg": lat, "lng_deg": lng}), "Run", 200.0).large
    dot, ring = where(png, START), where(png, FINISH)
    assert dot.mean(axis=0) == pytest.approx(ring.mean(axis=0), abs=1.0)
    assert np.ptp(dot, axis=0).max() < np.ptp(ring, axis=0).min() - 8


@pytest.mark.slow
def test_lines_are_antialiased(loop: Callable[..., Streams]) -> None:
    """A diagonal line has pixels of the shades between the ground and the ink."""
    streams = loop()
    lat = streams.channels["lat_deg"] + (streams.channels["lng_deg"] - 7.8) * 0.3
    for png in (draw(streams.with_channels({"lat_deg": lat}), "Run", 0.0)).small, draw(streams, "Run", 0.0).large:
        shades = {tuple(colour) for colour in pixels(png).reshape(-1, 3)}
        assert {OUTDOORS.ground, LINE, START, FINISH} <= shades
        assert len(shades) > 12


def test_hidden_metres_keep_home_out_of_the_image(loop: Callable[..., Streams]) -> None:
    """With nothing hidden the line reaches the south-west corner, with 400 m hidden it does not."""
    corner = (slice(190, 256), slice(0, 66))
    ground = np.array(OUTDOORS.ground)
    assert (pixels(draw(loop(), "Run", 0.0).small)[corner] != ground).any()
    assert (pixels(draw(loop(), "Run", 400.0).small)[corner] == ground).all()


def test_drawing_is_deterministic(loop: Callable[..., Streams]) -> None:
    assert draw(loop(), "Run", 200.0) == draw(loop(), "Run", 200.0)
    assert draw(loop(), "Run", 200.0) != draw(loop(), "Run", 300.0)


def test_indoor_run_draws_treadmill(indoors: Callable[..., Streams]) -> None:
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


def test_indoor_runs_differ(indoors: Callable[..., Streams]) -> None:
    drawn = {draw(indoors(waves(count)), "Run", 200.0).small for count in range(1, 6)}
    assert len(drawn) == 5


def test_chart_peaks_where_heart_rate_is_highest(indoors: Callable[..., Streams]) -> None:
    bpm = np.full(1800, 120.0)
    bpm[1200:] = 170.0
    line = where(draw(indoors(bpm), "Run", 200.0).small, INDOOR_LINE)
    before, after = line[line[:, 1] < 120][:, 0].mean(), line[line[:, 1] > 180][:, 0].mean()
    assert after < before - 60  # higher up


def test_varied_speed_is_preferred_to_heart_rate(indoors: Callable[..., Streams]) -> None:
    distance = np.cumsum(np.where(np.arange(1800) // 300 % 2, 4.0, 2.5))
    with_pace = draw(indoors(waves(3), distance_m=distance), "Run", 200.0).small
    assert with_pace == draw(indoors(distance_m=distance), "Run", 200.0).small
    steady = draw(indoors(waves(3), distance_m=np.arange(1800) * 3.0), "Run", 200.0).small
    assert steady == draw(indoors(waves(3)), "Run", 200.0).small


def test_steady_heart_rate_is_not_magnified(indoors: Callable[..., Streams]) -> None:
    bpm = 140.0 + np.random.default_rng(5).integers(-2, 3, 1800)
    line = where(draw(indoors(bpm), "Run", 200.0).small, INDOOR_LINE)
    assert np.ptp(line[line[:, 0] < 185][:, 0]) < 20


def test_entirely_hidden_run_draws_chart_with_markers(loop: Callable[..., Streams]) -> None:
    streams = loop(200.0)
    beats = waves(3, len(streams))
    drawing = draw(streams.with_channels({"heart_rate_bpm": beats}), "Run", 300.0)
    is_a_picture(drawing)
    start, finish = where(drawing.small, START), where(drawing.small, FINISH)
    assert start[:, 1].max() < 50
    assert finish[:, 1].min() > 200
    assert len(where(drawing.small, LINE)) > 100


@pytest.mark.parametrize("sport", ["Run", "Walk", "Ride", "Swim", "Hike", "WeightTraining", "Yoga", "Ω"])
def test_sport_without_streams_draws_icon(sport: str) -> None:
    drawing = draw(None, sport, 200.0)
    is_a_picture(drawing)
    assert len(where(drawing.small, INDOOR_LINE)) > 800


def test_sport_icons_differ() -> None:
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
def test_any_streams_can_be_drawn(streams: Streams) -> None:
    is_a_picture(draw(streams, "Run", 200.0))
    is_a_picture(draw(streams, "Run", 0.0))


def test_large_image_carries_digest_of_small(loop: Callable[..., Streams]) -> None:
    mine, other = draw(loop(), "Run", 100.0), draw(loop(), "Run", 150.0)
    assert belongs_to(mine.large, mine.small)
    assert not belongs_to(mine.large, other.small)
    assert not belongs_to(mine.large[:-20], mine.small)
    assert not belongs_to(mine.small, mine.small)
    assert not belongs_to(b"", mine.small)


@pytest.mark.parametrize("palette", [OUTDOORS, INDOORS])
def test_inks_have_contrast_over_5(palette: object) -> None:
    """The contrast of the Web Content Accessibility Guidelines, (lighter + 0.05) / (darker + 0.05), is over 5."""
    assert isinstance(palette, type(OUTDOORS))
    for ink in palette.inks:
        assert (luminance(ink) + 0.05) / (luminance(palette.ground) + 0.05) > 5


def luminance(colour: tuple[int, int, int]) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in np.array(colour) / 255
    ]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


@pytest.mark.slow
@pytest.mark.corpus
def test_corpus_thumbnails_are_small(corpus: Path) -> None:
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
