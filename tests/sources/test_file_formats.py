"""Files of every kind by their content, folders, and the promise that nothing but our own errors comes out."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runcoach.errors import HostileFileError, NotAnActivityError, SourceError
from runcoach.sources.file_formats import decompress, read_bytes, read_file

GPX = b"""<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">
 <trk><name>Run</name><type>running</type><trkseg>
  <trkpt lat="52.1" lon="4.5"><ele>1.5</ele><time>2026-03-01T08:00:00Z</time>
   <extensions><ns3:TrackPointExtension><ns3:hr>140</ns3:hr><ns3:cad>84</ns3:cad></ns3:TrackPointExtension></extensions></trkpt>
  <trkpt lat="52.2" lon="4.5"><ele>1.6</ele><time>2026-03-01T08:00:05+01:00</time></trkpt>
 </trkseg><trkseg>
  <trkpt lat="52.3" lon="4.5"><time>2026-03-01T08:01:00Z</time></trkpt>
 </trkseg></trk>
</gpx>"""

TCX = b"""<?xml version="1.0"?>
<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities>
<Activity Sport="Running"><Id>2026-03-01T08:00:00Z</Id>
 <Lap StartTime="2026-03-01T08:00:00Z"><TotalTimeSeconds>10</TotalTimeSeconds><DistanceMeters>30</DistanceMeters>
  <AverageHeartRateBpm><Value>140</Value></AverageHeartRateBpm>
  <Track><Trackpoint><Time>2026-03-01T08:00:00Z</Time><HeartRateBpm><Value>140</Value></HeartRateBpm></Trackpoint>
   <Trackpoint><Time>2026-03-01T08:00:10Z</Time><Extensions><TPX><RunCadence>85</RunCadence></TPX></Extensions></Trackpoint>
  </Track></Lap>
 <Creator><Name>Watch</Name></Creator></Activity></Activities></TrainingCenterDatabase>"""


def zipped(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


class TestRecognised:
    """What a file is, its content says."""

    def formats(self, data: bytes, name: str) -> set[str]:
        return {recording.format for recording in read_bytes(data, name).recordings}

    @pytest.mark.parametrize("name", ["run.fit", "run.gpx", "run.TCX", "run.txt", ""])
    def test_format_by_content_not_name(self, fit: Any, name: str) -> None:
        assert self.formats(fit.run(5).bytes(), name) == {"fit"}
        assert self.formats(GPX, name) == {"gpx"}
        assert self.formats(TCX, name) == {"tcx"}
        assert read_bytes(GPX, name).notes == ()

    def test_gzip_once_or_twice(self, fit: Any) -> None:
        packed = gzip.compress(fit.run(5).bytes())
        assert self.formats(packed, "run.fit.gz") == {"fit"}
        assert self.formats(gzip.compress(packed), "run.fit.gz") == {"fit"}
        assert self.formats(gzip.compress(GPX), "run.gpx") == {"gpx"}

    def test_truncated_gzip_and_content_are_both_noted(self) -> None:
        packed = gzip.compress(os.urandom(5000).hex().join(["<!--", "-->"]).encode() + GPX[GPX.index(b"<gpx") :] * 2)
        reading = read_bytes(packed[:-40], "run.gpx.gz")
        assert len(reading.recordings) == 1
        assert reading.notes[0].startswith("gzip cut off: only ")
        assert len(reading.notes) == 2

    def test_blanks_and_byte_order_marks_before_the_document(self) -> None:
        assert self.formats(b"\xef\xbb\xbf" + GPX, "run.gpx") == {"gpx"}
        assert self.formats(b"          " + TCX, "run.tcx") == {"tcx"}
        assert self.formats(GPX.decode().replace("UTF-8", "UTF-16").encode("utf-16"), "run.gpx") == {"gpx"}


class TestRefused:
    """One clear line each; no name of a file in it, the caller knows that."""

    @pytest.mark.parametrize(
        ("data", "name", "error", "said"),
        [
            (b"", "a.fit", SourceError, "the file is empty"),
            (b"\x00" * 64, "a.fit", SourceError, "the file holds nothing but zeros"),
            (b"\x1f\x8b\x08", "a.fit.gz", SourceError, "nothing comes out of this gzip"),
            (gzip.compress(b"", mtime=0), "a.fit.gz", SourceError, "an empty file, packed with gzip"),
            (b"hello", "a.fit", SourceError, "neither FIT, GPX nor TCX"),
            (b"PK\x03\x04rest", "a.fit", NotAnActivityError, "named .fit, but a ZIP archive, neither FIT, GPX nor TCX"),
            (
                b"<!DOCTYPE html><html>",
                "a.gpx",
                NotAnActivityError,
                "named .gpx, but a web page, neither FIT, GPX nor TCX",
            ),
            (b"<html></html>", "a", NotAnActivityError, "a web page, neither FIT, GPX nor TCX"),
            (b'{"a": 1}', "a.tcx.gz", NotAnActivityError, "named .tcx.gz, but JSON, neither FIT, GPX nor TCX"),
            (b"<kml xmlns='x'/>", "a.kml", NotAnActivityError, "a KML file, neither FIT, GPX nor TCX"),
            (b"<note/>", "a.xml", NotAnActivityError, "XML of another kind (<note>), neither FIT, GPX nor TCX"),
            (b"<gpx", "a.gpx", SourceError, "neither FIT, GPX nor TCX"),
        ],
    )
    def test_what_it_is(self, data: bytes, name: str, error: type[SourceError], said: str) -> None:
        with pytest.raises(SourceError) as refused:
            read_bytes(data, name)
        assert (type(refused.value), refused.value.message) == (error, said)

    def test_hint(self) -> None:
        with pytest.raises(NotAnActivityError) as refused:
            read_bytes(b"<html>", "run.gpx")
        assert refused.value.hint == "download it again while you are logged in"

    @pytest.mark.parametrize(
        "doctype",
        [
            b'<!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
            b'<!DOCTYPE TrainingCenterDatabase SYSTEM "http://example.org/evil.dtd">',
            b'<!DOCTYPE lolz [<!ENTITY % x SYSTEM "file:///etc/passwd">%x;]>',
        ],
    )
    @pytest.mark.parametrize("document", [GPX, TCX, b"<lolz/>"])
    def test_entities_are_refused(self, doctype: bytes, document: bytes) -> None:
        body = document[document.index(b"?>") + 2 :] if b"?>" in document else document
        for hostile in (doctype + body, b'<?xml version="1.0"?>\n<!-- x -->\n' + doctype + body):
            with pytest.raises(HostileFileError, match="DOCTYPE"):
                read_bytes(hostile, "a.gpx")


class TestZip:
    def test_single_activity_file_of_a_zip_is_read(self) -> None:
        data = zipped({"activity/run.gpx": GPX, "readme.txt": b"x"})
        (recording,) = read_bytes(data, "run.fit").recordings
        assert (recording.format, recording.name, len(recording.streams)) == ("gpx", "Run", 3)
        assert decompress(data) == GPX
        assert decompress(zipped({"run.gpx.gz": gzip.compress(GPX)})) == GPX

    @pytest.mark.parametrize("names", [(), ("a.gpx", "b.gpx"), ("a.txt",)])
    def test_other_zip_is_reported_with_hint(self, names: tuple[str, ...]) -> None:
        data = zipped(dict.fromkeys(names, GPX))
        if not names:
            data = zipped({"a/": b""})
        with pytest.raises(NotAnActivityError, match="a ZIP archive, neither FIT") as raised:
            read_bytes(data, "run.fit")
        assert raised.value.hint == "give it a name in .zip"

    def test_bomb_in_a_zip_is_refused(self) -> None:
        with pytest.raises(HostileFileError, match="unpacks to more than 250 times"):
            read_bytes(zipped({"run.gpx": bytes(8 * 2**20)}), "run.fit")

    def test_damaged_zip_is_not_an_activity(self) -> None:
        with pytest.raises(NotAnActivityError, match="a ZIP archive"):
            read_bytes(zipped({"run.gpx": GPX})[:60], "run.fit")


class TestReadFile:
    def test_pipe_and_device_are_refused(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.gpx")
        for path in (tmp_path / "pipe.gpx", Path("/dev/zero"), tmp_path):
            with pytest.raises(SourceError, match=r"not a regular file|Is a directory"):
                read_file(path, 100)

    def test_larger_file_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "run.gpx"
        path.write_bytes(b"x" * 101)
        assert read_file(path, 101) == b"x" * 101
        with pytest.raises(SourceError, match="more than a recording"):
            read_file(path, 100)


class TestNothingElseComesOut:
    """Whatever the bytes: recordings or one of our own errors, of one line."""

    settings = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

    def check(self, data: bytes) -> None:
        for line in self.lines(data):
            assert line
            assert "\n" not in line

    def lines(self, data: bytes) -> list[str]:
        """What a person is told of these bytes."""
        try:
            reading = read_bytes(data, "run.fit")
        except SourceError as error:
            return [error.message]
        assert reading.recordings
        return [*reading.notes, *(note for run in reading.recordings for note in run.notes)]

    @pytest.mark.slow
    @settings
    @given(data=st.binary(max_size=200))
    def test_any_bytes(self, data: bytes) -> None:
        self.check(data)
        self.check(b"\x0e\x20\x00\x00" + len(data).to_bytes(4, "little") + b".FIT\x00\x00" + data)
        self.check(b"<gpx>" + data)
        self.check(gzip.compress(data))

    @pytest.mark.slow
    @settings
    @given(data=st.data())
    def test_a_gpx_or_tcx_file_that_was_tampered_with(self, data: st.DataObject) -> None:
        self.check(self.tampered(data, data.draw(st.sampled_from([GPX, TCX]))))

    @pytest.mark.slow
    @pytest.mark.usefixtures("decoder")
    @pytest.mark.parametrize("mend_checksum", [False, True])
    @settings
    @given(data=st.data())
    def test_a_fit_file_that_was_tampered_with(
        self, fit: Any, capfd: pytest.CaptureFixture[str], mend_checksum: bool, data: st.DataObject
    ) -> None:
        builder = fit.run(12, avg_cadence=85).add("activity", timestamp=fit.T0, local_timestamp=fit.T0 + 3600)
        builder.add("developer_data_id", local=5, developer_data_index=0)
        builder.add(
            "field_description", local=5, developer_data_index=0, field_definition_number=0, fit_base_type_id=0x84,
            field_name="Power", units="Watts",
        )  # fmt: skip
        builder.add("record", local=6, timestamp=fit.T0 + 13, developer={(0, 0): ("uint16", 250)})
        tampered = bytearray(self.tampered(data, builder.bytes()))
        if mend_checksum and len(tampered) > 20:
            tampered[4:8] = (len(tampered) - 16).to_bytes(4, "little")
            tampered[-2:] = fit.crc16(bytes(tampered[:-2])).to_bytes(2, "little")
        self.check(bytes(tampered))
        capfd.readouterr()  # the fast decoder may have complained there

    def tampered(self, data: st.DataObject, whole: bytes) -> bytes:
        """The bytes with some overwritten, left out, put in or repeated, and perhaps cut off."""
        tampered = bytearray(whole)
        for _ in range(data.draw(st.integers(0, 4))):
            at = data.draw(st.integers(0, len(tampered)))
            length = data.draw(st.integers(0, 12))
            tampered[at : at + data.draw(st.sampled_from([0, length]))] = data.draw(
                st.one_of(st.binary(max_size=12), st.just(bytes(tampered[:length])))
            )
        return bytes(tampered[: data.draw(st.sampled_from([len(tampered), len(tampered) // 2, len(tampered) - 1]))])
