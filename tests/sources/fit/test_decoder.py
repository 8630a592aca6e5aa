"""Two decoders, one form: what each gives, and what happens where one fails."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runcoach.domain.recording import Recording
from runcoach.errors import SourceError
from runcoach.sources.fit import decoder as fit_decode
from runcoach.sources.fit.decoder import decode, decode_slowly, label
from runcoach.sources.fit.reader import read_fit


def test_both_give_the_same_messages(fit: Any) -> None:
    data = fit.run(10, avg_heart_rate=150).add("activity", timestamp=fit.T0, local_timestamp=fit.T0 + 3600).bytes()

    fast, complete = decode(data)
    slow, slow_complete = decode_slowly(data)

    assert complete
    assert slow_complete
    for mine, theirs in zip(fast, slow, strict=True):
        for name, value in theirs.items():
            if not name.startswith("unknown_"):
                assert mine[name] == value, (mine["message_type"], name)
    assert fast[-1]["local_timestamp"] == "2026-03-01T09:00:00"


def test_other_decoder_is_used_after_an_error(fit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(data: bytes) -> list[dict[str, Any]]:
        raise ValueError("missing message definition")

    monkeypatch.setattr(fit_decode, "fast_decoder", lambda: refuses)
    messages, complete = decode(fit.run(10).bytes())
    assert complete
    assert sum(message["message_type"] == "record" for message in messages) == 10


def test_other_decoder_is_used_after_a_panic(fit: Any, capfd: pytest.CaptureFixture[str]) -> None:
    builder = fit.run(10)
    # A field of a base type that does not exist, in a file whose checksum is right.
    builder.body += b"\x45\x00\x00\xf0\x00\x01\x01\x01\x77" + b"\x05\x07"
    messages, complete = decode(builder.bytes())
    capfd.readouterr()
    assert complete
    assert sum(message["message_type"] == "record" for message in messages) == 10


def test_an_interrupt_while_decoding_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(data: bytes) -> list[dict[str, Any]]:
        raise KeyboardInterrupt

    monkeypatch.setattr(fit_decode, "fast_decoder", lambda: interrupted)
    with pytest.raises(KeyboardInterrupt):
        decode(b"")


def test_slow_decoder_is_used_if_fast_one_is_not_installed(fit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyfitparsernative", None)
    assert fit_decode.fast_decoder() is None
    assert len(read_fit(fit.run(10).bytes()).recordings[0].streams) == 10


def test_messages_before_an_error_are_kept(fit: Any) -> None:
    builder = fit.run(10)
    builder.body += b"\x0f\x00"
    messages, complete = decode_slowly(builder.bytes())
    assert not complete
    assert sum(message["message_type"] == "record" for message in messages) == 10


@pytest.mark.parametrize("definition", ["fd088f", "fd0488", "fd0307"])
def test_invalid_time_is_absent(fit: Any, definition: str) -> None:
    builder = fit.new()
    # Global message 20 with a timestamp of eight bytes, of a float or of a text, and a heart rate.
    size = int(definition[2:4], 16)
    builder.body += bytes.fromhex(f"40 00 00 1400 02 {definition} 030102 00") + b"\x41" * size + b"\x8c"
    messages, complete = decode_slowly(fit.records(builder, range(3)).bytes())
    assert complete
    assert messages[1] == {"message_type": "record", "heart_rate": 140}


@pytest.mark.parametrize("first", ["altitude", "enhanced_altitude"])
def test_expanded_component_does_not_replace_a_field(fit: Any, first: str) -> None:
    heights = {"altitude": 12.4, "enhanced_altitude": 12.6}
    builder = fit.new().add("record", timestamp=fit.T0, **{first: heights[first], **heights})
    messages, _ = decode_slowly(builder.bytes())
    assert messages[-1]["enhanced_altitude"] == pytest.approx(12.6)


@pytest.mark.parametrize(
    ("value", "text"),
    [("Power", "Power"), (["Power"], "Power"), (" W ", "W"), ("", None), (7, None), (["a", "b"], None)],
)
def test_label(value: object, text: str | None) -> None:
    assert label(value) == text


@pytest.mark.slow
@pytest.mark.corpus
def test_both_give_the_same_recordings_on_real_files(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    for path in sorted((corpus / "activities" / "fit").glob("*.fit")):
        data = path.read_bytes()
        if not data:
            continue
        with monkeypatch.context() as patch:
            fast = outcome(data)
            patch.setattr(fit_decode, "fast_decoder", lambda: None)
            slow = outcome(data)
        assert_same(fast, slow, path.name)
        compared += isinstance(fast, list)
    assert compared >= 35


def outcome(data: bytes) -> list[Recording] | str:
    try:
        return list(read_fit(data).recordings)
    except SourceError as error:
        return f"{type(error).__name__}: {error.message}"


def assert_same(mine: list[Recording] | str, theirs: list[Recording] | str, name: str) -> None:
    if isinstance(mine, str) or isinstance(theirs, str):
        assert mine == theirs, name
        return
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(one.streams.time_s, other.streams.time_s, err_msg=name)
        assert one.streams.channels.keys() == other.streams.channels.keys(), name
        for channel, values in one.streams.channels.items():
            np.testing.assert_allclose(values, other.streams.channels[channel], rtol=1e-12, err_msg=f"{name} {channel}")
        for field in (
            "sport_type",
            "start_time_s",
            "totals",
            "laps",
            "pauses",
            "indoor",
            "device_name",
            "utc_offset_s",
            "notes",
        ):
            assert getattr(one, field) == getattr(other, field), (name, field)
        assert one.start_time_s is None or math.isfinite(one.start_time_s)
