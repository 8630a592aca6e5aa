"""The definition messages of a FIT file and the sizes of the data messages that follow from them."""

from __future__ import annotations

from typing import NamedTuple

#: Bits of the record header, the first byte of a message.
COMPRESSED, DEFINITION, DEVELOPER = 0x80, 0x40, 0x20

#: A definition begins with six bytes: header, reserved, byte order, message number (two), number of fields. Three bytes
#: a field follow: number, size, base type; then the number of developer fields and three bytes for each.
HEAD_BYTES = 6

#: The timestamp field of any message: seconds since the FIT epoch, in four bytes.
TIMESTAMP, TIMESTAMP_BYTES = 253, 4

#: Seconds from 1970 to the FIT epoch, 1989-12-31.
FIT_EPOCH_S = 631_065_600

#: Below this a timestamp is relative to when the device was switched on: its clock was never set.
CLOCK_SET_S = FIT_EPOCH_S + 2**28

#: The profile's number of record messages.
RECORD = 20

#: Base types of the protocol; a definition with another is invalid.
_BASE_TYPES = frozenset(
    {0x00, 0x01, 0x02, 0x83, 0x84, 0x85, 0x86, 0x07, 0x88, 0x89, 0x0A, 0x8B, 0x8C, 0x0D, 0x8E, 0x8F, 0x90}
)
#: Unassigned message numbers: above those of the profile, below those reserved for manufacturers.
_LAST_PUBLIC, _FIRST_PRIVATE = 0x0400, 0xFF00


class Field(NamedTuple):
    """A field of a message: its number in the profile, size, base type, and offset in the data message.

    A developer field has the number of its description, and in place of a base type the index of its developer.
    """

    number: int
    size: int
    base: int
    offset: int


class Definition(NamedTuple):
    """The layout of the data messages of a ``local`` number that follow the definition.

    ``number`` is the profile's message number, ``byte_order`` struct's ``<`` or ``>``. A data message takes ``size``
    bytes, header and developer fields included. ``end`` is the offset after the definition itself.
    """

    local: int
    number: int
    byte_order: str
    fields: tuple[Field, ...]
    developer_fields: tuple[Field, ...]
    size: int
    end: int


def definition_end(body: bytes, at: int) -> int:
    """The offset after the definition at ``at``; beyond the body where it is cut off."""
    end = at + HEAD_BYTES
    if end > len(body):
        return end
    end += 3 * body[end - 1]
    if body[at] & DEVELOPER:
        end += 1 + 3 * body[end] if end < len(body) else 1
    return end


def message_size(body: bytes, at: int, end: int) -> int:
    """The size of a data message, header included, by the definition from ``at`` to ``end``."""
    fields_end = at + HEAD_BYTES + 3 * body[at + HEAD_BYTES - 1]
    return 1 + sum(body[at + HEAD_BYTES + 1 : fields_end : 3]) + sum(body[fields_end + 2 : end : 3])


def read_definition(body: bytes, at: int) -> Definition | None:
    """The definition at ``at``; None if it is cut off or invalid."""
    end = definition_end(body, at)
    if end > len(body):
        return None
    kind, reserved, byte_order, first, second, count = body[at : at + HEAD_BYTES]
    number = first << 8 | second if byte_order else second << 8 | first
    described = body[at + HEAD_BYTES : at + HEAD_BYTES + 3 * count]
    if reserved or byte_order > 1 or _LAST_PUBLIC <= number < _FIRST_PRIVATE:
        return None
    if not _BASE_TYPES.issuperset(described[2::3]):
        return None
    fields = _fields(described, 1)
    developer_fields = _fields(body[at + HEAD_BYTES + 3 * count + 1 : end], 1 + sum(field.size for field in fields))
    size = message_size(body, at, end)
    return Definition(kind & 0xF, number, ">" if byte_order else "<", fields, developer_fields, size, end)


def _fields(described: bytes, offset: int) -> tuple[Field, ...]:
    """The fields described by three bytes each, the first of them at ``offset`` of a data message."""
    fields = []
    for number, size, base in zip(described[::3], described[1::3], described[2::3], strict=True):
        fields.append(Field(number, size, base, offset))
        offset += size
    return tuple(fields)


def has_more_messages(body: bytes, limit: int) -> bool:
    """Whether there are more than ``limit`` messages, by their sizes, up to the first invalid one."""
    sizes = [0] * 16  # 0: not defined
    at, end, count = 0, len(body), 0
    while at < end and count <= limit:
        kind = body[at]
        if kind & COMPRESSED:
            size = sizes[kind >> 5 & 0x3]
        elif kind & DEFINITION:
            definition = read_definition(body, at)
            if definition is None:
                break
            size, sizes[definition.local] = definition.end - at, definition.size
        else:
            size = sizes[kind & 0xF]
        if not size:
            break
        at += size
        count += 1
    return count > limit
