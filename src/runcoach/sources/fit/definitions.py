"""How the messages of a FIT file are laid out: its definitions and the sizes that follow; no value is read here."""

from __future__ import annotations

from typing import NamedTuple

#: Bits of the byte that a message begins with.
COMPRESSED, DEFINITION, DEVELOPER = 0x80, 0x40, 0x20

#: A definition begins with six bytes: kind, reserved, byte order, number of the message (two), number of fields. Three
#: bytes a field follow: its number, its size, its base type; and as many for those of developers, counted again.
HEAD_BYTES = 6

#: The field that every message may carry: seconds since FIT's epoch, in four bytes.
TIMESTAMP, TIMESTAMP_BYTES = 253, 4

#: Base types of the protocol; a definition that names another is not one.
_BASE_TYPES = frozenset(
    {0x00, 0x01, 0x02, 0x83, 0x84, 0x85, 0x86, 0x07, 0x88, 0x89, 0x0A, 0x8B, 0x8C, 0x0D, 0x8E, 0x8F, 0x90}
)
#: Numbers of messages that nobody has: above those of the profile, below those that makers use as they like.
_LAST_PUBLIC, _FIRST_PRIVATE = 0x0400, 0xFF00


class Field(NamedTuple):
    """A field of a message: its number in the profile, its base type, and where it lies in a message that has it."""

    number: int
    size: int
    base: int
    at: int


class Definition(NamedTuple):
    """What a definition says of the data messages of its ``local`` number that follow it.

    ``number`` is the profile's, ``byte_order`` struct's ``<`` or ``>``; a data message takes ``size`` bytes, its first
    byte and developers' fields included. ``end`` is where the definition itself ends.
    """

    local: int
    number: int
    byte_order: str
    fields: tuple[Field, ...]
    size: int
    end: int


def definition_end(body: bytes, at: int) -> int:
    """Where the definition that starts here ends, as far as its counts go; beyond the body where it is cut off."""
    end = at + HEAD_BYTES
    if end > len(body):
        return end
    end += 3 * body[end - 1]
    if body[at] & DEVELOPER:
        end += 1 + 3 * body[end] if end < len(body) else 1
    return end


def message_size(body: bytes, at: int, end: int) -> int:
    """How many bytes a message of the definition between these places takes, its first one included."""
    fields_end = at + HEAD_BYTES + 3 * body[at + HEAD_BYTES - 1]
    return 1 + sum(body[at + HEAD_BYTES + 1 : fields_end : 3]) + sum(body[fields_end + 2 : end : 3])


def read_definition(body: bytes, at: int) -> Definition | None:
    """The definition that starts here; None where none can: cut off, or impossible."""
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
    lies_at, fields = 1, []
    for number_in_profile, length, base in zip(described[::3], described[1::3], described[2::3], strict=True):
        fields.append(Field(number_in_profile, length, base, lies_at))
        lies_at += length
    size = message_size(body, at, end)
    return Definition(kind & 0xF, number, ">" if byte_order else "<", tuple(fields), size, end)


def has_more_messages(body: bytes, most: int) -> bool:
    """Whether there are more than so many messages, as far as the definitions lead; looks at lengths alone."""
    sizes = [0] * 16  # nought: not defined
    at, end, count = 0, len(body), 0
    while at < end and count <= most:
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
    return count > most
