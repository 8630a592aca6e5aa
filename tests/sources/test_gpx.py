"""What runners find in a GPX file: tracks, segments, what extensions measure, and words for sports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from runcoach.domain.recording import Recording
from runcoach.errors import HostileFileError, NotAnActivityError, SourceError
from runcoach.sources.gpx import read_gpx
from runcoach.sources.parsed_file import ParsedFile
from runcoach.sources.xml_reader import clean_xml

GARMIN = 'xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2"'


def gpx(inside: str, root: str = 'version="1.1" xmlns="http://www.topografix.com/GPX/1/1"') -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<gpx {root}>\n{inside}\n</gpx>'.encode()


def point(second: int, inside: str = "", lat: float = 52.0) -> str:
    return f'<trkpt lat="{lat}" lon="4.5"><ele>12.5</ele><time>2026-03-01T08:00:{second:02d}Z</time>{inside}</trkpt>'


def track(*segments: str, words: str = "") -> str:
    return f"<trk>{words}{''.join(f'<trkseg>{segment}</trkseg>' for segment in segments)}</trk>"


def read(document: bytes) -> ParsedFile:
    return read_gpx(clean_xml(document))


def read_one(document: bytes) -> Recording:
    (recording,) = read(document).recordings
    return recording


def test_a_track_is_a_recording() -> None:
    words = "<name> Morning\n run </name><desc>With <![CDATA[Ada & Bob]]></desc><type>running</type>"
    run = read_one(gpx(track(point(0) + point(1) + point(3), words=words)))

    assert (run.format, run.sport_type, run.indoor) == ("gpx", "Run", None)
    assert (run.name, run.description) == ("Morning run", "With Ada & Bob")
    assert run.start_time_s == 1_772_352_000.0
    assert (run.streams.time_s - run.start_time_s).tolist() == [0.0, 1.0, 3.0]
    assert run.streams.channels["lat_deg"].tolist() == [52.0] * 3
    assert run.streams.channels["lng_deg"].tolist() == [4.5] * 3
    assert run.streams.channels["altitude_m"].tolist() == [12.5] * 3
    assert set(run.streams.channels) == {"lat_deg", "lng_deg", "altitude_m"}
    assert run.totals.distance_m is None  # nothing is computed here


def test_gpx_1_0_without_any_namespace_and_with_speed() -> None:
    run = read_one(gpx(track(point(0, "<speed>2.5</speed>")), root='version="1.0"'))
    assert run.streams.channels["speed_ms"].tolist() == [2.5]


@pytest.mark.parametrize(
    ("extension", "channel", "value"),
    [
        (
            "<gpxtpx:TrackPointExtension><gpxtpx:hr>151</gpxtpx:hr></gpxtpx:TrackPointExtension>",
            "heart_rate_bpm",
            151.0,
        ),
        ("<ns3:TrackPointExtension><ns3:atemp>22.0</ns3:atemp></ns3:TrackPointExtension>", "temperature_c", 22.0),
        ("<gpxtpx:TrackPointExtension><gpxtpx:speed>3.1</gpxtpx:speed></gpxtpx:TrackPointExtension>", "speed_ms", 3.1),
        ("<gpxdata:hr>151</gpxdata:hr>", "heart_rate_bpm", 151.0),
        ("<gpxdata:cadence>60</gpxdata:cadence>", "cadence_spm", 60.0),
        ("<gpxdata:temp>29</gpxdata:temp>", "temperature_c", 29.0),
        ("<gpxdata:distance>512.5</gpxdata:distance>", "distance_m", 512.5),
        ("<heartrate>89</heartrate><ns3:hr>90</ns3:hr>", "heart_rate_bpm", 89.0),
        ("<power>240</power>", "power_w", 240.0),
        ("<pwr:PowerInWatts>241</pwr:PowerInWatts>", "power_w", 241.0),
        ("<gpxx:Temperature>22</gpxx:Temperature>", "temperature_c", 22.0),
        ("<hr><![CDATA[151]]></hr>", "heart_rate_bpm", 151.0),
        ("<hr>\n 151 </hr>", "heart_rate_bpm", 151.0),
        ("<power>240,5</power>", "power_w", 240.5),
    ],
)
def test_extensions_with_any_prefix(extension: str, channel: str, value: float) -> None:
    run = read_one(gpx(track(point(0, f"<extensions>{extension}</extensions>"))))
    assert run.streams.channels[channel].tolist() == [value]


@pytest.mark.parametrize("nonsense", ["", "n/a", "inf", "-", "<b>1</b>"])
def test_invalid_number_is_missing(nonsense: str) -> None:
    points = point(0, f"<extensions><hr>{nonsense}</hr></extensions>") + point(
        1, "<extensions><hr>150</hr></extensions>"
    )
    run = read_one(gpx(track(points)))
    np.testing.assert_array_equal(run.streams.channels["heart_rate_bpm"], [np.nan, 150.0])


def test_zero_heart_rate_is_missing() -> None:
    run = read_one(gpx(track(point(0, "<hr>0</hr>") + point(1, "<hr>150</hr>"))))
    np.testing.assert_array_equal(run.streams.channels["heart_rate_bpm"], [np.nan, 150.0])


def test_empty_element_has_no_text() -> None:
    run = read_one(gpx(track(point(0, "<hr></hr><power/>"))))
    assert set(run.streams.channels) == {"lat_deg", "lng_deg", "altitude_m"}


@pytest.mark.parametrize(
    ("sport", "cadence", "expected"),
    [("running", 82, 164.0), ("running", 170, 170.0), ("cycling", 82, 82.0), ("", 82, 82.0)],
)
def test_cadence_on_foot_counts_both_legs(sport: str, cadence: int, expected: float) -> None:
    points = "".join(point(second, f"<extensions><cad>{cadence}</cad></extensions>") for second in range(3))
    run = read_one(gpx(track(points, words=f"<type>{sport}</type>")))
    assert run.streams.channels["cadence_spm"].tolist() == [expected] * 3


def test_distance_that_is_not_cumulative_is_dropped_with_a_note() -> None:
    falling = "".join(point(second, f"<distance>{metres}</distance>") for second, metres in enumerate([0, 3, 2, 3]))
    run = read_one(gpx(track(falling)))
    assert "distance_m" not in run.streams.channels
    assert run.notes == ("recorded distance is not cumulative: not used",)


def test_cumulative_distance_of_a_reversed_track_is_kept() -> None:
    reverse = "".join(point(second, f"<distance>{second * 3}</distance>") for second in (3, 2, 1, 0))
    run = read_one(gpx(track(reverse)))
    assert run.streams.channels["distance_m"].tolist() == [9.0, 6.0, 3.0, 0.0]
    assert run.notes == ()


def test_zone_is_read_from_the_first_point_with_a_time() -> None:
    timeless = '<trkpt lat="52" lon="4.5"></trkpt>'
    local = point(1).replace("Z</time>", "</time>")
    assert read_one(gpx(track(timeless + local))).is_zoneless
    assert not read_one(gpx(track(timeless + point(1)))).is_zoneless
    assert read_one(gpx(track(timeless + point(1).replace("Z</time>", "+02:00</time>")))).utc_offset_s == 7200


class TestSegments:
    """A new segment after a gap is a pause."""

    def test_a_gap_between_segments_is_a_pause_and_one_within_is_none(self) -> None:
        run = read_one(gpx(track(point(0) + point(1) + point(2), "", point(20) + point(21) + point(40) + point(41))))
        assert run.pauses == ((1_772_352_002.0, 1_772_352_020.0),)
        assert len(run.streams) == 7

    def test_segments_at_the_typical_step_are_no_pause(self) -> None:
        run = read_one(gpx(track(point(0) + point(5) + point(10), point(15) + point(20), point(21) + point(26))))
        assert run.pauses == ()

    def test_points_without_a_time_beside_the_gap_are_stepped_over(self) -> None:
        timeless = '<trkpt lat="1" lon="2"/>'
        run = read_one(gpx(track(point(0) + point(1) + timeless, timeless + point(30) + point(31))))
        assert run.pauses == ((1_772_352_001.0, 1_772_352_030.0),)
        assert run.notes == ("2 points without a time left out",)


def test_one_recording_a_track_and_tracks_without_times_noted() -> None:
    planned = '<trk><trkseg><trkpt lat="1" lon="2"/></trkseg></trk>'
    reading = read(gpx(track(point(0)) + planned + track(point(30), words="<type>9</type>") + "<trk/>"))
    assert [recording.sport_type for recording in reading.recordings] == [None, "Run"]
    assert reading.notes == ("1 track without times left out",)


def test_point_without_position_keeps_its_time() -> None:
    run = read_one(gpx(track("<trkpt><time>2026-03-01T08:00:00Z</time></trkpt>" + point(1))))
    np.testing.assert_array_equal(run.streams.channels["lat_deg"], [np.nan, 52.0])
    assert len(run.streams) == 2


def test_points_outside_any_track_are_one() -> None:
    run = read_one(gpx(point(0) + point(1)))
    assert len(run.streams) == 2


def test_texts_outside_the_track_are_ignored() -> None:
    document = gpx(
        "<metadata><name>Library</name><time>1999-01-01T00:00:00Z</time></metadata>"
        '<wpt lat="1" lon="2"><name>Shop</name><time>1998-01-01T00:00:00Z</time></wpt>'
        + track(
            point(0, "<name>TP1</name>"),
            words='<link href="x"><text>t</text><type>cycling</type></link><extensions><type>walk</type></extensions>',
        )
    )
    run = read_one(document)
    assert (run.name, run.sport_type, run.start_time_s) == (None, None, 1_772_352_000.0)


@pytest.mark.parametrize(
    ("time", "start_time_s", "utc_offset_s"),
    [
        ("2026-03-01T08:00:00Z", 1_772_352_000.0, None),
        ("2026-03-01T09:00:00+01:00", 1_772_352_000.0, 3600),
        ("2026-03-01T08:00:00+00:00", 1_772_352_000.0, None),
        ("2026-03-01T08:00:00", 1_772_352_000.0, None),
        (" 2026-03-01 08:00:00.25Z\n", 1_772_352_000.25, None),
        ("2026-03-01T08:00:00.1234567Z", 1_772_352_000.123456, None),
    ],
)
def test_times_in_every_form(time: str, start_time_s: float, utc_offset_s: int | None) -> None:
    run = read_one(gpx(track(f'<trkpt lat="1" lon="2"><time>{time}</time></trkpt>')))
    assert run.start_time_s == start_time_s
    assert run.utc_offset_s == utc_offset_s


class TestRefused:
    """What holds no activity says what it is."""

    TIMELESS = "<trk><trkseg><trkpt lat='1' lon='2'>{}</trkpt></trkseg></trk>"
    WAYPOINT = "<wpt lat='1' lon='2'/>"

    @pytest.mark.parametrize(
        ("inside", "said"),
        [
            (TIMELESS.format(""), "a track without times, as of a planned route"),
            (TIMELESS.format("<time>soon</time>"), "a track without times, as of a planned route"),
            ("<trk><trkseg/></trk>", "a track without a single point"),
            ("<rte><rtept lat='1' lon='2'/></rte>" + 2 * WAYPOINT, "no track, only 1 route and 2 waypoints"),
            ("<metadata/>", "a GPX file without a track"),
        ],
    )
    def test_by_name(self, inside: str, said: str) -> None:
        with pytest.raises(NotAnActivityError) as refused:
            read(gpx(inside))
        assert refused.value.message == said

    @pytest.mark.parametrize(
        "doctype",
        ['<!DOCTYPE gpx [<!ENTITY a "aaaa">]>', "<!DOCTYPE gpx>", '<!DOCTYPE gpx SYSTEM "file:///etc/passwd">'],
    )
    def test_a_doctype(self, doctype: str) -> None:
        with pytest.raises(HostileFileError, match="DOCTYPE"):
            read(gpx(track(point(0))).replace(b"<gpx", doctype.encode() + b"<gpx"))


class TestBroken:
    """The good points of a broken document are kept, and where it broke is said."""

    def test_cut_off(self) -> None:
        whole = gpx(track("\n".join(point(second) for second in range(40))))
        reading = read(whole[: whole.index(b"08:00:30")])
        assert len(reading.recordings[0].streams) == 30
        assert reading.notes == ("cut off in line 33: 30 samples kept",)

    def test_broken_in_the_middle(self) -> None:
        whole = gpx(track("\n".join(point(second) for second in range(40)), words="<type>9</type>"))
        reading = read(whole.replace(b"08:00:30Z</time>", b"08:00:30Z</tame>"))
        (run,) = reading.recordings
        assert (run.sport_type, len(run.streams)) == ("Run", 30)
        assert reading.notes[0].startswith("not XML from line 33 on (mismatched tag), ")
        assert reading.notes[0].endswith("bytes unread: 30 samples kept")

    def test_before_the_first_point(self) -> None:
        with pytest.raises(SourceError, match=r"^not readable as GPX: cut off in line 2, before the first point$"):
            read(gpx(track(point(0)))[:60])

    def test_undeclared_prefixes_do_not_matter(self) -> None:
        run = read_one(gpx(track(point(0, "<extensions><nobody:hr>150</nobody:hr></extensions>"))))
        assert run.streams.channels["heart_rate_bpm"].tolist() == [150.0]


def test_long_track_is_concatenated_from_blocks() -> None:
    start, east = datetime(2026, 3, 1, 8, tzinfo=UTC), timezone(timedelta(hours=1))
    times = [start + timedelta(seconds=second) for second in range(9000)]
    points = [
        f'<trkpt lat="52" lon="4"><time>{(time if second > 4000 else time.astimezone(east)).isoformat()}</time>'
        + (f"<hr>{100 + second % 50}</hr>" if second > 5000 else "")
        + "</trkpt>"
        for second, time in enumerate(times)
    ]
    run = read_one(gpx(track("".join(points[:4500]), "".join(points[4600:]))))

    assert len(run.streams) == 8900
    assert run.utc_offset_s == 3600
    assert run.pauses == ((1_772_352_000.0 + 4499, 1_772_352_000.0 + 4600),)
    hr = run.streams.channels["heart_rate_bpm"]
    assert np.isnan(hr[:4901]).all()
    assert hr[4901:].tolist() == [100.0 + second % 50 for second in range(5001, 9000)]
