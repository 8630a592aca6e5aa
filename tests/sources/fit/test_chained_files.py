"""The frame of FIT files: where one ends and the next begins, and whether a checksum is right."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcoach.sources.fit.chained_files import checksum, is_fit, split_chain


@settings(deadline=None)
@given(data=st.binary(max_size=2000))
def test_checksum_is_the_one_of_the_specification(data: bytes) -> None:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    assert checksum(data) == crc


def test_a_sound_file_is_one_part_and_nothing_is_left(fit: Any) -> None:
    data = fit.run(20).bytes()
    ((part,), stray_bytes) = split_chain(data, 9)
    assert part.sound
    assert part.data == data
    assert part.body == bytes(fit.run(20).body)
    assert stray_bytes == 0


@pytest.mark.parametrize("header_bytes", [12, 14])
def test_both_lengths_of_header_are_known(fit: Any, header_bytes: int) -> None:
    data = fit.run(20).bytes(header_bytes=header_bytes)
    ((part,), _) = split_chain(data, 9)
    assert part.sound
    assert part.body == bytes(fit.run(20).body)


def test_a_chain_is_cut_where_its_files_end(fit: Any) -> None:
    files = [fit.run(seconds).bytes() for seconds in (5, 10, 15)]
    parts, stray_bytes = split_chain(b"".join(files), 9)
    assert [part.data for part in parts] == files
    assert all(part.sound for part in parts)
    assert stray_bytes == 0


def test_what_is_missing_is_counted(fit: Any) -> None:
    data = fit.run(20).bytes()
    ((part,), _) = split_chain(data[:-100], 9)
    assert (part.missing, part.finished, part.sound) == (100, True, False)
    assert part.body == data[14:-100]


def test_a_file_that_was_cut_off_ends_where_the_next_begins(fit: Any) -> None:
    first, second = fit.run(20).bytes(), fit.run(30).bytes()
    (cut, whole), _ = split_chain(first[:-100] + second, 9)
    assert (cut.missing, cut.data) == (100, first[:-100])
    assert whole.data == second


def test_the_signature_alone_does_not_begin_a_file(fit: Any) -> None:
    data = fit.run(20).bytes()
    (part,), stray_bytes = split_chain(data + b"a sentence on .FIT files", 9)
    assert part.data == data
    assert stray_bytes == 24


def test_a_header_without_a_size_goes_on_to_the_end(fit: Any) -> None:
    data = fit.run(20).bytes(size=0)
    ((part,), _) = split_chain(data, 9)
    assert (part.finished, part.missing, part.sound) == (False, 0, False)
    assert part.body == data[14:]


def test_a_wrong_checksum_is_noticed(fit: Any) -> None:
    data = bytearray(fit.run(20).bytes())
    data[100] ^= 0x10
    ((part,), _) = split_chain(bytes(data), 9)
    assert not part.checksum_ok
    assert not part.sound


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (struct.pack("<BBHI4s", 14, 0x20, 2100, 0, b".FIT"), True),
        (struct.pack("<BBHI4s", 11, 0x20, 2100, 0, b".FIT"), False),
        (struct.pack("<BBHI4s", 14, 0x20, 2100, 0, b".GPX"), False),
        (b".FIT", False),
        (b"", False),
    ],
)
def test_only_a_header_makes_a_fit_file(data: bytes, answer: bool) -> None:
    assert is_fit(data) is answer
