"""A square tile to draw on: up to three inks on plain ground, anti-aliased, out as small PNGs; no runs in here.

Everything is painted large, each ink on a sheet of its own. Making a sheet smaller averages it, which is exactly how
much of each pixel that ink covers; sixteen steps of it, on the way from the ground to the ink, make a palette. So inks
must not touch: what lies on another ink is given a halo of bare ground first.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runcoach.domain.streams import FloatArray

    Colour = tuple[int, int, int]
    Point = tuple[float, float]
    Box = tuple[float, float, float, float]

#: Edge of the tile in its own units, in which everything is drawn.
TILE = 256

#: Pixels a unit while painting.
_FINE = 6

#: Steps from bare ground to full ink.
_LEVELS = 15

#: The key under which a picture carries a word along, and the last bytes of every PNG.
_NOTE = "Comment"
_END = b"IEND\xaeB`\x82"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colour of the ground and of the three inks."""

    ground: Colour
    inks: tuple[Colour, Colour, Colour]

    def table(self) -> list[int]:
        """Red, green and blue of every palette entry: the ground, then each ink's steps from faint to full."""
        steps = np.arange(1, _LEVELS + 1)[:, None] / _LEVELS
        ground = np.array(self.ground, dtype=float)
        ramps = [ground + steps * (np.array(ink, dtype=float) - ground) for ink in self.inks]
        return [int(value) for value in np.rint(np.concatenate([ground[None, :], *ramps])).ravel()]


@dataclass(frozen=True, slots=True)
class Layer:
    """How much of each pixel an ink covers (0 to 255), where it covers any, and where in the tile that is."""

    ink: int
    coverage: Image.Image
    left: int
    top: int


class Canvas:
    """A tile of :data:`TILE` units, x to the right and y down; ``ink`` is 0, 1 or 2, ``strength`` how much of it."""

    def __init__(self) -> None:
        self._sheets: dict[int, Image.Image] = {}
        self._boxes: dict[int, Box] = {}

    def line(self, points: FloatArray | Sequence[Point], width: float, ink: int = 0, strength: float = 1.0) -> None:
        """A line through ``points`` (shape ``(n, 2)``) with round ends and corners."""
        fine = [(float(x) * _FINE, float(y) * _FINE) for x, y in points]
        radius = (width * _FINE - 1) / 2  # a circle's edge pixels count too
        for draw, value in self._painting(ink, strength, fine, radius):
            draw.line(fine, fill=value, width=round(width * _FINE))
            for x, y in fine:
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=value)

    def area(self, points: Sequence[Point], ink: int = 0, strength: float = 1.0) -> None:
        """What ``points`` enclose."""
        fine = [(x * _FINE, y * _FINE) for x, y in points]
        for draw, value in self._painting(ink, strength, fine, 0.0):
            draw.polygon(fine, fill=value)

    def disc(self, centre: Point, radius: float, ink: int = 0, strength: float = 1.0) -> None:
        """A filled circle."""
        x, y, r = (value * _FINE for value in (*centre, radius))
        for draw, value in self._painting(ink, strength, [(x, y)], r):
            draw.ellipse((x - r, y - r, x + r, y + r), fill=value)

    def ring(self, centre: Point, outer: float, inner: float, ink: int = 0) -> None:
        """A circle with a hole of bare ground."""
        self.disc(centre, outer, ink)
        self.clear(centre, inner)

    def clear(self, centre: Point, radius: float) -> None:
        """Bare ground in a circle."""
        self.disc(centre, radius, strength=0.0)

    def _painting(
        self, ink: int, strength: float, points: Sequence[Point], reach: float
    ) -> Iterator[tuple[ImageDraw.ImageDraw, int]]:
        """Each sheet and what to paint on it, ``reach`` about some points: the ink on its own, ground on the others."""
        if ink not in self._sheets:
            self._sheets[ink] = Image.new("L", (TILE * _FINE, TILE * _FINE))
        self._boxes[ink] = _around(self._boxes.get(ink), points, reach + 1)
        for number, sheet in self._sheets.items():
            yield ImageDraw.Draw(sheet), round(255 * strength) if number == ink else 0

    def layers(self, *edges_px: int) -> list[list[Layer]]:
        """The layers of the tile at each edge length, largest first; each has to divide the one before."""
        made: list[list[Layer]] = []
        size = TILE * _FINE
        grid = size // edges_px[-1]  # what is cut out stays whole at the smallest edge
        layers = [_cut(ink, sheet, self._boxes[ink], grid) for ink, sheet in sorted(self._sheets.items())]
        for edge in edges_px:
            layers = [_reduced(layer, size // edge) for layer in layers]
            size = edge
            made.append(layers)
        return made


def png(layers: Sequence[Layer], edge_px: int, palette: Palette, note: str | None = None) -> bytes:
    """The layers of a :class:`Canvas` as a PNG in these colours; the same layers give the same bytes.

    ``note`` is a word that the PNG carries along, see :func:`note_of`.
    """
    picture = Image.new("P", (edge_px, edge_px))
    for layer in layers:
        steps = layer.coverage.point(_steps(layer.ink))
        picture.paste(steps, (layer.left, layer.top), steps.point(_IS_INK))
    picture.putpalette(palette.table())
    about = PngInfo()
    if note is not None:
        about.add_text(_NOTE, note)
    out = BytesIO()
    # Runs of one colour are all there is to pack: looking for more takes ten times as long and finds nothing.
    picture.save(out, "PNG", pnginfo=about, compress_level=6, compress_type=zlib.Z_RLE)
    return out.getvalue()


def note_of(data: bytes) -> str | None:
    """The word that a whole PNG carries along; None where it has none, is cut off or is no PNG."""
    if not data.endswith(_END):
        return None
    before, found, rest = data.partition(b"tEXt" + _NOTE.encode() + b"\0")
    length = int.from_bytes(before[-4:], "big") - len(_NOTE) - 1
    return rest[:length].decode("latin-1") if found else None


def _around(box: Box | None, points: Sequence[Point], reach: float) -> Box:
    """A box grown to hold circles of radius ``reach`` about some points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    left, top, right, bottom = box or (math.inf, math.inf, -math.inf, -math.inf)
    return (
        min(left, min(xs) - reach),
        min(top, min(ys) - reach),
        max(right, max(xs) + reach),
        max(bottom, max(ys) + reach),
    )


def _cut(ink: int, sheet: Image.Image, box: Box, grid: int) -> Layer:
    """The part of a sheet that was painted on, its edges on a grid; what lies outside the tile is gone."""
    left, top = (max(int(value // grid) * grid, 0) for value in box[:2])
    right, bottom = (min(-int(-value // grid) * grid, sheet.width) for value in box[2:])
    return Layer(ink, sheet.crop((left, top, right, bottom)), left, top)


def _reduced(layer: Layer, factor: int) -> Layer:
    return Layer(layer.ink, layer.coverage.reduce(factor), layer.left // factor, layer.top // factor)


@cache
def _steps(ink: int) -> list[int]:
    """For every coverage from 0 to 255 the palette's entry: nothing of any ink is the ground."""
    steps = [round(coverage * _LEVELS / 255) for coverage in range(256)]
    return [step + ink * _LEVELS if step else 0 for step in steps]


_IS_INK = [0, *([255] * 255)]
