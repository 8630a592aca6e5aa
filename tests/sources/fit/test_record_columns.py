"""Records as columns: the very samples that a decoder would have given, and whatever is not plain is left to it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runcoach.domain.recording import Recording
from runcoach.sources.fit import reader as fit_files
from runcoach.sources.fit.chained_files import FitPart, split_chain
from runcoach.sources.fit.decoder import decode
from runcoach.sources.fit.reader import read_fit
from runcoach.sources.fit.record_columns import plain_records
from runcoach.sources.fit.records import read_samples

function_scoped = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)

#: What a watch may write into a record, and what into another of the same file.
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "position_lat": st.floats(-80.0, 80.0),
    "position_long": st.floats(-179.0, 179.0),
    "altitude": st.floats(-499.0, 8000.0),
    "heart_rate": st.integers(0, 254),
    "cadence": st.integers(0, 254),
    "fractional_cadence": st.floats(0.0, 0.99),
    "distance": st.floats(0.0, 1e6),
    "speed": st.floats(0.0, 60.0),
    "power": st.integers(0, 2000),
    "temperature": st.integers(-40, 60),
    "enhanced_speed": st.floats(0.0, 90.0),
    "enhanced_altitude": st.floats(-499.0, 20_000.0),
}


@st.composite
def messages(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """Records of up to three forms, in any order, and a few of something else between them."""
    forms = draw(st.lists(st.lists(st.sampled_from(sorted(FIELDS)), unique=True, max_size=6), min_size=1, max_size=3))
    made: list[tuple[str, dict[str, Any]]] = []
    for second in range(draw(st.integers(1, 12))):
        if draw(st.integers(0, 5)) == 0:
            made.append(("weight_scale", {"weight": 70.0}))
        values = {name: draw(st.none() | FIELDS[name]) for name in draw(st.sampled_from(forms))}
        made.append(("record", {"timestamp": second, **values}))
    return made


def parts_of(data: bytes) -> list[FitPart]:
    return [part for part in split_chain(data, 100)[0] if part.sound]


def by_decoder(monkeypatch: pytest.MonkeyPatch, data: bytes) -> tuple[Recording, ...]:
    """What a file holds where no record is read but by a decoder."""
    with monkeypatch.context() as patch:
        patch.setattr(fit_files, "plain_records", lambda _: None)
        return read_fit(data).recordings


def assert_same(mine: tuple[Recording, ...], theirs: tuple[Recording, ...]) -> None:
    assert len(mine) == len(theirs)
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(one.streams.time_s, other.streams.time_s)
        assert one.streams.channels.keys() == other.streams.channels.keys()
        for name, values in one.streams.channels.items():
            np.testing.assert_array_equal(values, other.streams.channels[name], err_msg=name)
        left_out = {"streams"}
        for name in set(Recording.__slots__) - left_out:
            assert getattr(one, name) == getattr(other, name), name


@pytest.mark.slow
@function_scoped
@given(made=messages(), big_endian=st.booleans(), power=st.none() | st.integers(0, 65_000))
def test_the_samples_are_those_of_the_decoders(
    fit: Any,
    decoder: str,
    monkeypatch: pytest.MonkeyPatch,
    made: list[tuple[str, dict[str, Any]]],
    big_endian: bool,
    power: int | None,
) -> None:
    builder = fit.timer(fit.new(big_endian=big_endian), "start", 0)
    if power is not None:
        builder.add("developer_data_id", local=1, developer_data_index=0).add(
            "field_description", local=2, developer_data_index=0, field_definition_number=4, fit_base_type_id=0x84,
            field_name="Power", units="Watts",
        )  # fmt: skip
    for kind, values in made:
        moved = {name: value + fit.T0 if name == "timestamp" else value for name, value in values.items()}
        extra = {(0, 4): ("uint16", power)} if power is not None and kind == "record" else None
        builder.add(kind, local=5 if kind != "record" else 0, developer=extra, **moved)
    data = builder.add("session", local=7, timestamp=fit.T0 + 99, start_time=fit.T0, sport=fit.RUNNING).bytes()
    (part,) = parts_of(data)
    assert plain_records(part) is not None
    assert_same(read_fit(data).recordings, by_decoder(monkeypatch, data))


def test_no_record_passes_through_a_decoder(fit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def watched(data: bytes) -> Any:
        messages, complete = decode(data)
        seen.extend(message["message_type"] for message in messages)
        return messages, complete

    monkeypatch.setattr(fit_files, "decode", watched)
    (run,) = read_fit(fit.run(30).bytes()).recordings
    assert len(run.streams) == 30
    assert seen == ["file_id", "event", "event", "session"]


def test_one_definition_a_record(fit: Any, decoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a library writes them that keeps its fields in no order."""
    builder, chance = fit.new(), random.Random(7)
    for second in range(200):
        names = chance.sample(sorted(FIELDS), k=chance.randint(0, len(FIELDS)))
        builder.add("record", timestamp=fit.T0 + second, **{name: 1.0 for name in names if "position" not in name})
    data = builder.bytes()
    (part,) = parts_of(data)
    plain = plain_records(part)
    assert plain is not None
    assert len(plain.time_s) == 200
    assert_same(read_fit(data).recordings, by_decoder(monkeypatch, data))


def test_two_interleaved_definitions_keep_the_order(fit: Any, decoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    builder = fit.new()
    for second in range(20):
        more = {"heart_rate": 120 + second} if second % 3 else {}
        builder.add("record", local=4 if second % 3 else 0, timestamp=fit.T0 + second, distance=3.0 * second, **more)
    data = builder.bytes()
    (part,) = parts_of(data)
    plain = plain_records(part)
    assert plain is not None
    assert plain.channels["distance_m"].tolist() == [3.0 * second for second in range(20)]
    assert_same(read_fit(data).recordings, by_decoder(monkeypatch, data))


@pytest.mark.parametrize("plain", [True, False])
def test_same_field_of_two_is_used_by_every_reader(
    plain: bool, fit: Any, decoder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = fit.new()
    for second, (coarse, fine) in enumerate(((3.0, 3.25), (3.0, None), (None, 3.25), (None, None))):
        values = {"speed": coarse, "enhanced_speed": fine, "altitude": coarse, "enhanced_altitude": fine}
        builder.add("record", timestamp=fit.T0 + second, distance=second, **values)
    data = builder.bytes()
    (run,) = read_fit(data).recordings if plain else by_decoder(monkeypatch, data)
    np.testing.assert_array_equal(run.streams.channels["speed_ms"], [3.0, 3.0, 3.25, np.nan])
    np.testing.assert_allclose(run.streams.channels["altitude_m"], [3.0, 3.0, 3.2, np.nan], atol=1e-9)


def test_two_developers_fields_of_one_number_are_left_to_the_decoders(fit: Any) -> None:
    builder = fit.new().add("developer_data_id", local=1, developer_data_index=0).add(
        "field_description", local=2, developer_data_index=0, field_definition_number=4, fit_base_type_id=0x84,
        field_name="Power", units="Watts",
    )  # fmt: skip
    added = {(0, 4): ("uint16", 200), (1, 4): ("uint16", 7)}
    builder.add("record", timestamp=fit.T0, heart_rate=150, developer=added)
    (part,) = parts_of(builder.bytes())
    plain = plain_records(part)
    assert plain is not None
    described = read_samples(decode(plain.others)[0])[1]["field_description"]
    assert plain.samples(described) is None


def test_records_of_both_byte_orders_in_one_file_are_left_to_the_decoders(fit: Any) -> None:
    builder, other = fit.records(fit.new(), range(3)), fit.records(fit.new(None, big_endian=True), range(3, 6))
    builder.body += other.body
    data = builder.bytes()
    (part,) = parts_of(data)
    assert plain_records(part) is None
    assert read_fit(data).recordings[0].streams.channels["distance_m"].tolist() == [3.0 * each for each in range(6)]


@pytest.mark.parametrize("plain", [True, False])
def test_below_the_sea_nothing_is_lost(plain: bool, fit: Any, decoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fast decoder's ``enhanced_altitude`` would be a step short there."""
    data = fit.new().add("record", timestamp=fit.T0, altitude=-430.2).bytes()
    (run,) = read_fit(data).recordings if plain else by_decoder(monkeypatch, data)
    assert run.streams.channels["altitude_m"].tolist() == [-430.2]


def odd_files(fit: Any) -> dict[str, Any]:
    """Files with something in their records that is not plain, each with how many samples it has all the same."""

    def of_type(definition: str, data: str, fields: int = 2) -> Any:
        builder = fit.records(fit.new(), range(5))
        builder.body += bytes.fromhex(f"45 00 00 1400 0{fields} fd0486 {definition} 05")
        builder.body += (fit.T0 + 5 - 631_065_600).to_bytes(4, "little") + bytes.fromhex(data)
        return builder

    many = fit.new()
    for second in range(300):
        names = [name for bit, name in enumerate(sorted(FIELDS)[:9]) if second >> bit & 1]
        many.add("record", timestamp=fit.T0 + second, **dict.fromkeys(names, 1.0))
    return {
        "packed time": (fit.records(fit.new(), range(5)).add("record", offset_s=5, distance=15.0), 6),
        "packed speed": (fit.new().add("record", timestamp=fit.T0, compressed_speed_distance=(1, 2, 3)), 1),
        "another type": (of_type("030284", "9600"), 6),
        "another size": (of_type("030202", "9697"), 6),
        "twice the same": (of_type("030102 030102", "9697", fields=3), 6),
        "no time": (fit.records(fit.new(), range(5)).add("record", distance=15.0), 5),
        "a time that is none": (fit.records(fit.new(), range(5)).add("record", timestamp=None, distance=15.0), 5),
        "records alone": (fit.records(fit.new(None), range(5)), 5),
    }


@pytest.mark.parametrize(
    "oddity",
    [
        *("packed time", "packed speed", "another type", "another size", "twice the same"),
        *("no time", "a time that is none"),
        "records alone",
    ],
)
def test_file_that_is_not_plain_is_left_to_the_decoders(fit: Any, decoder: str, oddity: str) -> None:
    builder, samples = odd_files(fit)[oddity]
    data = builder.bytes()
    (part,) = parts_of(data)
    assert plain_records(part) is None
    assert len(read_fit(data).recordings[0].streams) == samples


@pytest.mark.parametrize("cut", range(1, 40))
def test_sizes_that_do_not_lead_to_the_end_are_declined(fit: Any, cut: int) -> None:
    """Also where the last definition is cut anywhere: the checksum may be right all the same."""
    builder = fit.run(3).add("record", timestamp=fit.T0 + 9, heart_rate=1, power=2, developer={(0, 1): ("uint16", 3)})
    del builder.body[-cut:]
    for part in parts_of(builder.bytes()):
        plain = plain_records(part)
        assert plain is None or len(plain.time_s) == 3


@pytest.mark.slow
@pytest.mark.corpus
def test_the_samples_of_real_files_are_those_of_the_fast_decoder(corpus: Path) -> None:
    plain_parts = 0
    for path in sorted((corpus / "activities" / "fit").glob("*.fit")):
        for part in parts_of(path.read_bytes()):
            plain = plain_records(part)
            if plain is None:
                continue
            expected, others = read_samples(decode(part.data)[0])
            _, rest = read_samples(decode(plain.others)[0])
            samples = plain.samples(rest.get("field_description", []))
            assert samples is not None, path.name
            np.testing.assert_array_equal(samples.time_s, expected.time_s, err_msg=path.name)
            assert samples.channels.keys() == expected.channels.keys(), path.name
            for name, values in samples.channels.items():
                np.testing.assert_array_equal(values, expected.channels[name], err_msg=f"{path.name} {name}")
            assert rest == others, path.name
            plain_parts += 1
    assert plain_parts >= 24
