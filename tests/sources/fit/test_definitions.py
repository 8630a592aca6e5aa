"""Definitions and lengths: how many messages a file has, whatever stands in them."""

from __future__ import annotations

from typing import Any

import pytest

from runcoach.sources.fit.chained_files import split_chain
from runcoach.sources.fit.definitions import has_more_messages, read_definition


@pytest.mark.parametrize("big_endian", [False, True])
def test_messages_and_definitions_are_counted_alike(fit: Any, big_endian: bool) -> None:
    builder = fit.records(fit.new(big_endian=big_endian), range(7), heart_rate=150)
    builder.add("record", local=1, timestamp=fit.T0 + 7, developer={(0, 4): ("uint16", 200)})
    builder.add("record", local=2, offset_s=9, distance=20.0)
    # A file id, seven records and two more, each kind with its definition.
    body = split_chain(builder.bytes(), 1)[0][0].body
    assert has_more_messages(body, 13)
    assert not has_more_messages(body, 14)


def test_undefined_message_ends_the_count(fit: Any) -> None:
    body = split_chain(fit.new().bytes(), 1)[0][0].body
    assert has_more_messages(body + body, 3)
    assert not has_more_messages(body + b"\x05" * 100, 2)
    assert not has_more_messages(body + b"\x45\x00\x07" * 100, 2)


def test_definition_offsets(fit: Any) -> None:
    builder = fit.new(None).add(
        "record", timestamp=fit.T0, heart_rate=150, developer={(0, 4): ("uint16", 200), (0, 5): ("uint8", 1)}
    )
    found = read_definition(bytes(builder.body), 0)
    assert found is not None
    assert (found.local, found.number, found.byte_order, found.size) == (0, 20, "<", 9)
    assert [(each.number, each.size, each.offset) for each in found.fields] == [(253, 4, 1), (3, 1, 5)]
    assert len(builder.body) == found.end + found.size


@pytest.mark.parametrize("cut", range(19))
def test_truncated_definition_is_none(fit: Any, cut: int) -> None:
    builder = fit.new(None).add("record", timestamp=fit.T0, heart_rate=150, developer={(0, 4): ("uint16", 200)})
    assert read_definition(bytes(builder.body), 0) is not None
    whole = len(builder.body) - 8
    assert read_definition(bytes(builder.body)[: min(cut, whole - 1)], 0) is None
