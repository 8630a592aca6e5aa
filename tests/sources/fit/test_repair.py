"""Mending: whatever is lost of a file, the messages before and after it come out whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runcoach.sources.fit.chained_files import split_chain
from runcoach.sources.fit.reader import read_fit
from runcoach.sources.fit.repair import repair

function_scoped = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


def mended(data: bytes) -> tuple[bytes, int]:
    (part, *_), _ = split_chain(data, 9)
    return repair(part)


def test_undamaged_file_is_unchanged(fit: Any) -> None:
    data = fit.run(20).bytes(header_bytes=12)
    assert mended(data) == (data, 0)


@function_scoped
@given(share=st.floats(0.0, 1.0))
def test_truncated_file_keeps_every_complete_message(fit: Any, share: float) -> None:
    builder = fit.run(50)
    data = builder.bytes()
    keep = 60 + round(share * (len(builder.body) - 47))
    result, lost_bytes = mended(data[:keep])
    kept = result[12:-2]
    assert bytes(builder.body).startswith(kept)
    assert len(kept) + lost_bytes == keep - 14
    assert lost_bytes < 60  # no message and no definition here is longer
    assert split_chain(result, 9)[0][0].sound


@pytest.mark.slow
@function_scoped
@given(data=st.data())
def test_lost_or_inserted_bytes_never_change_kept_messages(fit: Any, data: st.DataObject) -> None:
    whole = fit.run(120).bytes()
    at = data.draw(st.integers(200, len(whole) - 200))
    if data.draw(st.booleans()):
        damaged = whole[:at] + whole[at + data.draw(st.integers(1, 30)) :]
    else:
        damaged = whole[:at] + data.draw(st.binary(min_size=1, max_size=30)) + whole[at:]

    (run,) = read_fit(damaged).recordings

    distance, since_start = run.streams.channels["distance_m"], run.streams.time_s - fit.T0
    wrong = ~np.isclose(distance, 3.0 * since_start)
    assert wrong.sum() <= 2  # what was hit may look sound
    assert len(run.streams) >= 110


def test_undefined_local_message_is_skipped(fit: Any) -> None:
    first, rest = fit.records(fit.new(), range(20)), fit.records(fit.new(None), range(20, 40))
    first.body += b"\x0f\x0f\x0f" + rest.body
    (run,) = read_fit(first.bytes()[:-2] + b"\x00\x00").recordings
    assert run.streams.time_s[-1] == fit.T0 + 39
    assert len(run.streams) >= 38


def test_definition_with_unknown_base_type_is_invalid(fit: Any) -> None:
    builder = fit.records(fit.new(), range(20))
    definition = b"\x45\x00\x00\x14\x00\x01\xfd\x04\x77"
    builder.body += definition + b"\x05\x00\x00\x00\x00"
    result, lost_bytes = mended(builder.bytes()[:-2] + b"\x00\x00")
    assert lost_bytes == len(definition) + 5
    assert len(result) == len(builder.body) - lost_bytes + 14


def test_messages_out_of_order_are_kept(fit: Any) -> None:
    builder = fit.records(fit.new(), range(20))
    for earlier in range(6):
        builder.add("lap", local=2, timestamp=fit.T0 - 8000 + earlier, start_time=fit.T0 - 9000)
    fit.records(builder, range(20, 30))
    assert mended(builder.bytes()[:-2] + b"\x00\x00")[1] == 0


def test_clock_jump_is_kept(fit: Any) -> None:
    builder = fit.records(fit.new(), range(20))
    fit.records(builder, range(27 * 86_400, 27 * 86_400 + 20))
    assert mended(builder.bytes()[:-2] + b"\x00\x00")[1] == 0


def test_resynchronizes_after_a_clock_jump(fit: Any) -> None:
    later = 27 * 86_400
    builder = fit.records(fit.records(fit.new(), range(20)), range(later, later + 20))
    builder.body += b"\x0f\x0f"
    fit.records(builder, range(later + 20, later + 40))
    (run,) = read_fit(builder.bytes()[:-2] + b"\x00\x00").recordings
    assert run.streams.time_s[-1] == fit.T0 + later + 39
    assert len(run.streams) >= 58


@pytest.mark.slow
@pytest.mark.corpus
def test_real_undamaged_files_are_unchanged(corpus: Path) -> None:
    parts = [
        part
        for path in sorted((corpus / "activities" / "fit").glob("*.fit"))
        for part in split_chain(path.read_bytes(), 9)[0]
        if part.sound
    ]
    assert len(parts) >= 40
    assert [repair(part)[1] for part in parts] == [0] * len(parts)


def test_layout_from_damaged_bytes_is_dropped(fit: Any) -> None:
    first, rest = fit.records(fit.new(), range(20)), fit.records(fit.new(None), range(20, 60))
    definition = rest.body.index(b"\x00", 1)  # the records follow their definition, as they did before
    definition = rest.body.index(bytes([0x00]) + (fit.T0 + 20 - 631_065_600).to_bytes(4, "little"), definition)
    first.body += b"\x40\x00\x00\x14\x00\x01\x03\x01\x02" + rest.body[definition:]
    (run,) = read_fit(first.bytes()[:-2] + b"\x00\x00").recordings
    assert run.streams.time_s[-1] == fit.T0 + 59
    assert len(run.streams) >= 58
    np.testing.assert_array_equal(run.streams.channels["distance_m"], 3.0 * (run.streams.time_s - fit.T0))


def test_messages_without_timestamp_do_not_resynchronize(fit: Any) -> None:
    builder = fit.new()
    builder.body += b"\x47\x00\x00\x4e\x00\x00"  # local message 7 has no fields: any byte 7 could be one
    fit.records(builder, range(20))
    builder.body += b"\x0f" + b"\x07" * 6 + b"\x0f\x0f"
    fit.records(builder, range(20, 40))
    _, lost_bytes = mended(builder.bytes()[:-2] + b"\x00\x00")
    assert lost_bytes == 9 + 9  # the stretch itself and the record before it, which may have been hit


@pytest.mark.parametrize("tail", [b"\x40", b"\x40\x00\x00\x14\x00\x05\xfd", b"\x60\x00\x00\x14\x00\x00", b"\x8f"])
def test_incomplete_last_message_is_left_out(fit: Any, tail: bytes) -> None:
    builder = fit.run(10)
    builder.body += tail
    _, lost_bytes = mended(builder.bytes()[:-2] + b"\x00\x00")
    assert lost_bytes == len(tail)
