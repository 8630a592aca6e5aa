"""Bytes of one FIT file → its messages as plain dicts, the same whichever decoder reads them.

The form is that of the fast decoder: ``message_type`` and the profile's field names, physical values, labels of enums,
times as ISO strings in UTC, a developer's field as ``developer_field_N``. What is invalid or unknown is absent.
"""

from __future__ import annotations

import struct
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Message = dict[str, Any]

#: The messages that anything is made of; the slow decoder spares itself the others.
WANTED = frozenset(
    {"file_id", "record", "session", "lap", "event", "activity", "device_info", "field_description", "sport"}
)

_FIT_EPOCH = datetime(1989, 12, 31)  # noqa: DTZ001  (the form has naive UTC)
_TIMES = frozenset({"date_time", "local_date_time"})

#: What fitdecode raises on bytes that are no FIT beside its own error: whatever its look-ups and sums run into.
_SLOW_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    struct.error,
)

#: Labels that fitdecode's profile does not have yet.
_NEWER_LABELS: dict[str, dict[int, str]] = {
    "manufacturer": {337: "runna", 339: "zepp", 340: "peloton", 348: "huawei"},
    "sport": {86: "mobility", 88: "canoeing"},
}


def decode(data: bytes) -> tuple[list[Message], bool]:
    """The messages of one sound FIT file, and whether all of it could be read.

    The fast decoder reads it if it is installed and willing, fitdecode otherwise.
    """
    messages = _decode_fast(data)
    if messages is not None:
        return messages, True
    return decode_slowly(data)


def fast_decoder() -> Callable[[bytes], list[Message]] | None:
    """The decoder written in Rust, or None where it does not install."""
    try:
        from pyfitparsernative import parse_fit_bytes
    except ImportError:
        return None
    decoder: Callable[[bytes], list[Message]] = parse_fit_bytes
    return decoder


def _decode_fast(data: bytes) -> list[Message] | None:
    decoder = fast_decoder()
    if decoder is None:
        return None
    try:
        return decoder(data)
    except ValueError:
        return None
    except BaseException as error:
        # A panic in Rust arrives as an exception that is no Exception and that no module exports.
        if type(error).__name__ != "PanicException":
            raise
        return None


def decode_slowly(data: bytes) -> tuple[list[Message], bool]:
    """The same through fitdecode; where that stumbles, what it had read until then, and False."""
    from fitdecode import FitError

    messages: list[Message] = []
    try:
        messages.extend(_frames(data))
    except (FitError, *_SLOW_FAULTS):
        return messages, False
    return messages, True


def _frames(data: bytes) -> Iterator[Message]:
    from fitdecode import FIT_FRAME_DATA, CrcCheck, ErrorHandling, FitReader

    options = {"processor": None, "check_crc": CrcCheck.DISABLED, "error_handling": ErrorHandling.IGNORE}
    with FitReader(data, **options) as reader:
        for frame in reader:
            if frame.frame_type == FIT_FRAME_DATA and frame.name in WANTED:
                yield _neutral(frame)


def _neutral(frame: Any) -> Message:
    message: Message = {"message_type": frame.name}
    for field in frame.fields:
        # A field that was taken out of another one never replaces one that is there in its own right.
        if field.value is None or (field.is_expanded and _name(field) in message):
            continue
        value = field.raw_value if frame.name == "field_description" else _value(field)
        if value is not None:
            message[_name(field)] = value
    if "compressed_speed_distance" in message:
        # Unpacked by the reader of records, for both decoders alike.
        message.pop("speed", None)
        message.pop("enhanced_speed", None)
        message.pop("distance", None)
    elif "enhanced_speed" in message:
        message.setdefault("speed", message["enhanced_speed"])
    if "enhanced_altitude" in message:
        message.setdefault("altitude", message["enhanced_altitude"])
    return message


def _name(field: Any) -> str:
    if field.field_type == "devfield":
        return f"developer_field_{field.def_num}"
    name: str = field.parent_field.name if field.parent_field else field.name
    return name


def _value(field: Any) -> Any:
    """A field's value as the other decoder has it.

    Where fitdecode saw a field of a narrower meaning it is the plain number, and the first of several numbers where
    the profile knows one; arrays remain of bytes and of what developers define.
    """
    if field.parent_field:
        return field.raw_value
    value, kind = field.value, field.type.name
    if isinstance(value, tuple) and kind != "byte" and field.field_type != "devfield":
        value = value[0] if value else None
    if kind in _TIMES:
        known = isinstance(value, int) and 0 <= value < 2**32
        return (_FIT_EPOCH + timedelta(seconds=value)).isoformat() if known else None
    if isinstance(value, int):
        return _NEWER_LABELS.get(kind, {}).get(value, value)
    return list(value) if isinstance(value, tuple) else value


def label(value: Any) -> str | None:
    """A text that one decoder gives as it is and the other in a list of one."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value.strip() or None if isinstance(value, str) else None
