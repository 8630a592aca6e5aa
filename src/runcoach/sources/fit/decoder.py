"""Decodes one FIT file into messages as plain dicts, in the same form from either decoder.

The form is the fast decoder's: ``message_type`` and the profile's field names, physical values, enum labels, times as
ISO strings in UTC, developer fields as ``developer_field_N``. Invalid and unknown values are absent.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

Message = dict[str, Any]

#: The messages that are read; the slow decoder skips the others.
MESSAGE_TYPES = frozenset(
    {"file_id", "record", "session", "lap", "event", "activity", "device_info", "field_description", "sport"}
)

_FIT_EPOCH = datetime(1989, 12, 31)  # noqa: DTZ001  (the form has naive UTC)
_TIME_TYPES = frozenset({"date_time", "local_date_time"})

#: What fitdecode raises on malformed data, apart from its own error.
_FITDECODE_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError, struct.error)

#: Enum labels that fitdecode's profile lacks.
_NEWER_LABELS: dict[str, dict[int, str]] = {
    "manufacturer": {337: "runna", 339: "zepp", 340: "peloton", 348: "huawei"},
    "sport": {86: "mobility", 88: "canoeing"},
}


def decode(data: bytes) -> tuple[list[Message], bool]:
    """The messages of one undamaged FIT file, and whether all of it could be decoded.

    Uses the fast decoder if it is installed and accepts the file, else fitdecode.
    """
    messages = _decode_fast(data)
    if messages is not None:
        return messages, True
    return decode_slowly(data)


def fast_decoder() -> Callable[[bytes], list[Message]] | None:
    """The decoder written in Rust; None if it is not installed."""
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
        # A panic in Rust is raised as a BaseException whose class no module exports.
        if type(error).__name__ != "PanicException":
            raise
        return None


def decode_slowly(data: bytes) -> tuple[list[Message], bool]:
    """As :func:`decode` through fitdecode; after an error, the messages before it and False."""
    from fitdecode import FIT_FRAME_DATA, CrcCheck, ErrorHandling, FitError, FitReader

    messages: list[Message] = []
    options = {"processor": None, "check_crc": CrcCheck.DISABLED, "error_handling": ErrorHandling.IGNORE}
    try:
        with FitReader(data, **options) as reader:
            data_frames = (frame for frame in reader if frame.frame_type == FIT_FRAME_DATA)
            messages.extend(_message(frame) for frame in data_frames if frame.name in MESSAGE_TYPES)
    except (FitError, *_FITDECODE_ERRORS):
        return messages, False
    return messages, True


def _message(frame: Any) -> Message:
    message: Message = {"message_type": frame.name}
    for field in frame.fields:
        # A component expanded from another field does not replace a field of its own.
        if field.value is None or (field.is_expanded and _name(field) in message):
            continue
        value = field.raw_value if frame.name == "field_description" else _value(field)
        if value is not None:
            message[_name(field)] = value
    if "compressed_speed_distance" in message:
        for name in ("speed", "enhanced_speed", "distance"):  # unpacked in records.py, for both decoders
            message.pop(name, None)
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
    """A field's value in the form of the fast decoder.

    The raw number of a subfield, and the first of several numbers where the profile has one; only byte arrays and
    developer fields stay arrays.
    """
    if field.parent_field:
        return field.raw_value
    value, kind = field.value, field.type.name
    if isinstance(value, tuple) and kind != "byte" and field.field_type != "devfield":
        value = value[0] if value else None
    if kind in _TIME_TYPES:
        known = isinstance(value, int) and 0 <= value < 2**32
        return (_FIT_EPOCH + timedelta(seconds=value)).isoformat() if known else None
    if isinstance(value, int):
        return _NEWER_LABELS.get(kind, {}).get(value, value)
    return list(value) if isinstance(value, tuple) else value


def label(value: Any) -> str | None:
    """A text, which one of the decoders returns in a list of one."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value.strip() or None if isinstance(value, str) else None
