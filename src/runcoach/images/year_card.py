"""The picture of a year: figures and bars of the months, without names and places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

#: Size in pixels: the tallest that social networks show without cropping.
WIDTH, HEIGHT = 1080, 1350

_GROUND, _INK, _SOFT = (22, 38, 36), (255, 255, 255), (166, 190, 184)
_BAR, _BAR_MAX, _LINE = (92, 205, 191), (236, 194, 87), (52, 76, 72)

_MARGIN = 90
_INITIALS = "JFMAMJJASOND"

#: Bars of the months: top and bottom of the area.
_BARS_TOP, _BARS_BOTTOM = 700, 940


@dataclass(frozen=True, slots=True)
class YearCard:
    """Texts as they are written; ``months`` are twelve distances in one unit, ``bests`` pairs of name and time."""

    title: str
    subtitle: str
    total: str
    unit: str
    figures: tuple[tuple[str, str], ...]
    months: tuple[float, ...]
    bests: tuple[tuple[str, str], ...]


def draw(card: YearCard) -> bytes:
    """The picture as PNG, :data:`WIDTH` by :data:`HEIGHT` pixels; the same bytes for the same card."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), _GROUND)
    pen = ImageDraw.Draw(picture)
    pen.text((_MARGIN, 130), card.title, _BAR, _font(64), anchor="ls")
    pen.text((WIDTH - _MARGIN, 130), card.subtitle, _SOFT, _font(32), anchor="rs")
    pen.text((_MARGIN - 8, 350), card.total, _INK, _fitting(card.total, 230, WIDTH - 2 * _MARGIN), anchor="ls")
    pen.text((_MARGIN, 420), card.unit, _SOFT, _font(44), anchor="ls")
    _row(pen, card.figures, 560)
    _bars(pen, card.months)
    if card.bests:
        pen.line((_MARGIN, 1060, WIDTH - _MARGIN, 1060), _LINE, 2)
        _row(pen, [(time, name) for name, time in card.bests], 1170)
    pen.text((WIDTH - _MARGIN, HEIGHT - 50), "runcoach", _SOFT, _font(28), anchor="rs")
    out = BytesIO()
    picture.quantize(64, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _row(pen: ImageDraw.ImageDraw, pairs: Sequence[tuple[str, str]], y: int) -> None:
    """Figures side by side, each above its label."""
    column = (WIDTH - 2 * _MARGIN) / max(len(pairs), 4)
    for number, (figure, label) in enumerate(pairs):
        x = _MARGIN + number * column
        pen.text((x, y), figure, _INK, _fitting(figure, 54, column - 24), anchor="ls")
        pen.text((x, y + 46), label, _SOFT, _fitting(label, 30, column - 24), anchor="ls")


def _bars(pen: ImageDraw.ImageDraw, months: Sequence[float]) -> None:
    longest = max(months, default=0.0) or 1.0
    column = (WIDTH - 2 * _MARGIN) / 12
    for number, distance in enumerate(months):
        left = _MARGIN + number * column + 8
        height = distance / longest * (_BARS_BOTTOM - _BARS_TOP)
        colour = _BAR_MAX if distance == longest else _BAR
        if height >= 1:
            top = _BARS_BOTTOM - height
            pen.rounded_rectangle((left, top, left + column - 16, _BARS_BOTTOM), min(8, height / 2), colour)
        else:
            pen.line((left, _BARS_BOTTOM, left + column - 16, _BARS_BOTTOM), _LINE, 3)
        pen.text((left + column / 2 - 8, _BARS_BOTTOM + 46), _INITIALS[number], _SOFT, _font(30), anchor="ms")


def _fitting(text: str, size: int, width: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font at this size, or smaller where the text would be wider."""
    length = _font(size).getlength(text)
    return _font(size if length <= width else max(int(size * width / length), 12))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font, the same on every machine."""
    return ImageFont.load_default(size)
