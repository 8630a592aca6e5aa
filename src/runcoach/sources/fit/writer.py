"""Encodes messages as a FIT file. What is written in them is up to the caller."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from runcoach.sources.fit.chained_files import HEADER_BYTES, SIGNATURE, checksum
from runcoach.sources.fit.definitions import DEFINITION

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: Versions 2.0 of the protocol and 21.32 of the profile.
_PROTOCOL, _PROFILE = 0x20, 2132


class BaseType(NamedTuple):
    """How a field is stored: its number in a definition, struct's code, and the value that stands for "nothing"."""

    number: int
    code: str
    nothing: int | bytes


ENUM = BaseType(0x00, "B", 0xFF)
UINT8 = BaseType(0x02, "B", 0xFF)
UINT16 = BaseType(0x84, "H", 0xFFFF)
SINT32 = BaseType(0x85, "i", 0x7FFFFFFF)
UINT32 = BaseType(0x86, "I", 0xFFFFFFFF)
UINT32Z = BaseType(0x8C, "I", 0)

#: The longest text of a field in bytes of UTF-8; a zero byte ends it.
LONGEST_TEXT = 254


def text_of(size: int) -> BaseType:
    """The base type of texts of up to ``size`` bytes of UTF-8."""
    return BaseType(0x07, f"{size + 1}s", b"")


class MessageType(NamedTuple):
    """A message: its number in the profile and its fields, each with its number and base type."""

    number: int
    fields: tuple[tuple[int, BaseType], ...]


class FitFile:
    """A FIT file that grows by a message at a time; at most 16 types of messages."""

    def __init__(self) -> None:
        self._body = bytearray()
        self._local_types: dict[MessageType, int] = {}

    def add(self, message: MessageType, values: Sequence[int | bytes | None]) -> None:
        """Append a message with the values of its fields, in their stored form; None where there is none."""
        local_type = self._local_type(message)
        codes = "".join(base.code for _, base in message.fields)
        written = [
            base.nothing if value is None else value for value, (_, base) in zip(values, message.fields, strict=True)
        ]
        self._body += struct.pack(f"<B{codes}", local_type, *written)

    def add_rows(self, message: MessageType, columns: Sequence[npt.NDArray[np.int64] | None]) -> None:
        """Append n messages; ``columns`` has their fields, of shape (n,) in stored form, None where there is none."""
        import numpy as np

        codes = [base.code for _, base in message.fields]
        size = next(len(column) for column in columns if column is not None)
        rows = np.zeros(size, np.dtype([("type", "u1"), *((f"f{k}", f"<{code}") for k, code in enumerate(codes))]))
        rows["type"] = self._local_type(message)
        for k, (column, (_, base)) in enumerate(zip(columns, message.fields, strict=True)):
            rows[f"f{k}"] = base.nothing if column is None else column
        self._body += rows.tobytes()

    def content(self) -> bytes:
        """The whole file, with header and checksums."""
        header = struct.pack("<BBHI4s", HEADER_BYTES + 2, _PROTOCOL, _PROFILE, len(self._body), SIGNATURE)
        file = header + struct.pack("<H", checksum(header)) + bytes(self._body)
        return file + struct.pack("<H", checksum(file))

    def _local_type(self, message: MessageType) -> int:
        """The number that stands for a type of messages, which is defined where it occurs first."""
        if message not in self._local_types:
            local_type = self._local_types[message] = len(self._local_types)
            self._body += struct.pack("<BBBHB", DEFINITION | local_type, 0, 0, message.number, len(message.fields))
            for number, base in message.fields:
                self._body += struct.pack("<BBB", number, struct.calcsize(f"<{base.code}"), base.number)
        return self._local_types[message]
