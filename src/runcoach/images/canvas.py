"""A square canvas with up to three inks, anti-aliased, encoded as small palette PNGs.

Each ink is painted on its own sheet at a larger scale. Reducing a sheet averages it, which gives the coverage of each
pixel; 15 steps from ground to ink make the palette. Inks must not touch: what is drawn over another ink needs a halo
of bare ground first.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from runcoach.domain.streams import FloatArray

Colour = tuple[int, int, int]
Point = tuple[float, float]

#: Edge of the tile in the units of all drawing methods.
TILE = 256

#: Pixels per unit while painting.
_SCALE = 6

#: Steps from bare ground to full ink.
_LEVELS = 15

#: The PNG text chunk that holds a note, and the last bytes of every PNG.
_NOTE = "Comment"
_END = b"IEND\xaeB`\x82"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colour of the ground and of the three inks."""

    ground: Colour
    inks: tuple[Colour, Colour, Colour]

    def table(self) -> list[int]:
        """Red, green and blue of each palette entry: the ground, then the steps of each ink from faint to full."""
        steps = np.arange(1, _LEVELS + 1)[:, None] / _LEVELS
        ground = np.array(self.ground, dtype=float)
        ramps = [ground + steps * (np.array(ink, dtype=float) - ground) for ink in self.inks]
        return [int(value) for value in np.rint(np.concatenate([ground[None, :], *ramps])).ravel()]


@dataclass(frozen=True, slots=True)
class Layer:
    """The coverage of one ink (0 to 255 a pixel) within a box whose corner is at ``left``, ``top``."""

    ink: int
    coverage: Image.Image
    left: int
    top: int


class Canvas:
    """A tile of :data:`TILE` units, x to the right and y down. ``ink`` is 0, 1 or 2; ``strength`` is its opacity."""

    def __init__(self) -> None:
        self._sheets: dict[int, Image.Image] = {}

    def line(self, points: FloatArray | Sequence[Point], width: float, ink: int = 0, strength: float = 1.0) -> None:
        """A line through ``points`` (shape ``(n, 2)``) with round ends and corners."""
        fine = [(float(x) * _SCALE, float(y) * _SCALE) for x, y in points]
        radius = (width * _SCALE - 1) / 2  # Pillow includes the edge pixels of an ellipse
        for draw, value in self._painting(ink, strength):
            draw.line(fine, fill=value, width=round(width * _SCALE))
            for x, y in fine:
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=value)

    def area(self, points: Sequence[Point], ink: int = 0, strength: float = 1.0) -> None:
        """A filled polygon."""
        fine = [(x * _SCALE, y * _SCALE) for x, y in points]
        for draw, value in self._painting(ink, strength):
            draw.polygon(fine, fill=value)

    def disc(self, centre: Point, radius: float, ink: int = 0, strength: float = 1.0) -> None:
        """A filled circle."""
        x, y, r = (value * _SCALE for value in (*centre, radius))
        for draw, value in self._painting(ink, strength):
            draw.ellipse((x - r, y - r, x + r, y + r), fill=value)

    def ring(self, centre: Point, outer: float, inner: float, ink: int = 0) -> None:
        """A circle with a hole."""
        self.disc(centre, outer, ink)
        self.clear(centre, inner)

    def clear(self, centre: Point, radius: float) -> None:
        """Clear a circle of all inks."""
        self.disc(centre, radius, strength=0.0)

    def _painting(self, ink: int, strength: float) -> Iterator[tuple[ImageDraw.ImageDraw, int]]:
        """Each sheet with the value to paint: the strength on the ink's own, 0 on the others."""
        if ink not in self._sheets:
            self._sheets[ink] = Image.new("L", (TILE * _SCALE, TILE * _SCALE))
        for number, sheet in self._sheets.items():
            yield ImageDraw.Draw(sheet), round(255 * strength) if number == ink else 0

    def layers(self, *edges_px: int) -> list[list[Layer]]:
        """The layers of the tile at each edge length, largest first; each has to divide the one before."""
        sizes: list[list[Layer]] = []
        size = TILE * _SCALE
        grid = size // edges_px[-1]  # crops stay aligned to whole pixels at the smallest edge
        layers = [
            _crop(ink, sheet, box, grid) for ink, sheet in sorted(self._sheets.items()) if (box := sheet.getbbox())
        ]
        for edge in edges_px:
            factor, size = size // edge, edge
            layers = [
                Layer(layer.ink, layer.coverage.reduce(factor), layer.left // factor, layer.top // factor)
                for layer in layers
            ]
            sizes.append(layers)
        return sizes


def png(layers: Sequence[Layer], edge_px: int, palette: Palette, note: str | None = None) -> bytes:
    """Encode layers of a :class:`Canvas` as a PNG; the same layers give the same bytes.

    ``note`` is stored in a text chunk, see :func:`note_of`.
    """
    picture = Image.new("P", (edge_px, edge_px))
    for layer in layers:
        steps = layer.coverage.point(_steps(layer.ink))
        picture.paste(steps, (layer.left, layer.top), steps.point(_IS_INK))
    picture.putpalette(palette.table())
    info = PngInfo()
    if note is not None:
        info.add_text(_NOTE, note)
    out = BytesIO()
    # Z_RLE packs runs of one colour, which is all there is; the default strategy is ten times slower and not smaller.
    picture.save(out, "PNG", pnginfo=info, compress_level=6, compress_type=zlib.Z_RLE)
    return out.getvalue()


def note_of(data: bytes) -> str | None:
    """The note of a PNG; None where it has none, is truncated or is not a PNG."""
    if not data.endswith(_END):
        return None
    before, found, rest = data.partition(b"tEXt" + _NOTE.encode() + b"\0")
    length = int.from_bytes(before[-4:], "big") - len(_NOTE) - 1
    return rest[:length].decode("latin-1") if found else None


def _crop(ink: int, sheet: Image.Image, box: tuple[int, int, int, int], grid: int) -> Layer:
    """The painted part of a sheet, aligned to a grid."""
    left, top = (value // grid * grid for value in box[:2])
    right, bottom = (-(-value // grid) * grid for value in box[2:])
    return Layer(ink, sheet.crop((left, top, right, bottom)), left, top)


@cache
def _steps(ink: int) -> list[int]:
    """Palette index for each coverage from 0 to 255; no coverage is the ground."""
    steps = [round(coverage * _LEVELS / 255) for coverage in range(256)]
    return [step + ink * _LEVELS if step else 0 for step in steps]


_IS_INK = [0, *([255] * 255)]
