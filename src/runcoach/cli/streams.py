"""Standard output and standard error of a process: any encoding, a full disk, a closed pipe."""

from __future__ import annotations

import codecs
import io
import os
import sys
from typing import TextIO, cast

from runcoach.errors import OutputClosedError, OutputError

#: Replacements for characters that an encoding does not have: one for one, so that tables stay aligned.
_REPLACEMENTS = str.maketrans("–—−→←·•…×≥≤│─┃━╸╺’‘“”✓", "---><**.x><|-|---''\"\"v")
_BLOCKS = range(0x2580, 0x25A0)


class Output(io.TextIOWrapper):
    """Standard output; errors in writing to it are OutputError, never mistaken for those of another file."""

    def write(self, text: str, /) -> int:
        """Raises OutputClosedError where the reader of a pipe has gone, OutputError for other errors."""
        try:
            return super().write(text)
        except OSError as error:
            raise _output_error(error) from error

    def flush(self) -> None:
        """Raises what :meth:`write` raises."""
        try:
            super().flush()
        except OSError as error:
            raise _output_error(error) from error


def prepare_streams() -> None:
    """Replace ``sys.stdout``, and make both streams replace characters that their encoding does not have."""
    codecs.register_error("runcoach", _replace)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123
    if sys.stdout is None:  # closed by the caller: writing fails, as it does elsewhere
        sys.stdout = cast("TextIO", open(os.open(os.devnull, os.O_RDONLY), "w"))  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not stream.encoding.lower().startswith("utf"):
            stream.reconfigure(errors="runcoach")
    if isinstance(sys.stdout, io.TextIOWrapper):
        old = sys.stdout
        encoding, errors, by_line = old.encoding, old.errors, old.line_buffering
        sys.stdout = Output(old.detach(), encoding=encoding, errors=errors, line_buffering=by_line)


def discard_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter does not fail on it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _output_error(error: OSError) -> OutputError:
    if isinstance(error, BrokenPipeError):
        return OutputClosedError("the reader of the output has gone")
    return OutputError(f"the output cannot be written: {error.strerror}", hint="see where it goes to")


def _replace(error: UnicodeError) -> tuple[str, int]:
    """The error handler ``runcoach``: blocks of a bar become ``#``, other characters an ASCII letter or ``?``."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_nearest(letter) for letter in text), error.end


def _nearest(letter: str) -> str:
    if ord(letter) in _BLOCKS:
        return "#"
    nearest = letter.translate(_REPLACEMENTS)
    return nearest if nearest.isascii() else "?"
