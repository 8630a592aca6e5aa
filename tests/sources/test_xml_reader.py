"""Whatever an exporter did to the bytes, clean UTF-8 comes out."""

from __future__ import annotations

import codecs

import pytest

from runcoach.sources.xml_reader import clean_xml, root_name

BODY = "<gpx><name>Żółć – 走る</name></gpx>"


@pytest.mark.parametrize(
    "data",
    [
        BODY.encode(),
        b'<?xml version="1.0" encoding="UTF-8"?>' + BODY.encode(),
        codecs.BOM_UTF8 + b'<?xml version="1.0"?>' + BODY.encode(),
        b"\r\n   \t" + b'<?xml version="1.0"?>' + BODY.encode(),
        codecs.BOM_UTF8 + b"   " + b'<?xml version="1.0"?>' + BODY.encode(),
        codecs.BOM_UTF16_LE + f'<?xml version="1.0" encoding="utf-16"?>{BODY}'.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + f'<?xml version="1.0" encoding="utf-16"?>{BODY}'.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + BODY.encode("utf-32-le"),
        f'<?xml version="1.0" encoding="GB18030"?>{BODY}'.encode("gb18030"),
        # Declarations that lie, or that nobody understands: it is read as what it looks like.
        b'<?xml version="1.0" encoding="UTF-16"?>' + BODY.encode(),
        b'<?xml version="1.0" encoding="klingon"?>' + BODY.encode(),
        b'<?xml version="1.0" encoding="rot13"?>' + BODY.encode(),
        b'<?xml version="1.0" encoding="punycode"?>' + BODY.encode(),
    ],
)
def test_every_encoding_comes_out_as_utf_8_without_declaration(data: bytes) -> None:
    assert clean_xml(data) == BODY.encode()


@pytest.mark.parametrize(
    ("encoding", "text"), [("ISO-8859-1", "Zürich"), ("windows-1252", "Zürich – run"), ("koi8-r", "Бег")]
)
def test_encodings_of_single_bytes(encoding: str, text: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?><gpx>{text}</gpx>'.encode(encoding)
    assert clean_xml(data) == f"<gpx>{text}</gpx>".encode()


def test_invalid_utf8_and_forbidden_characters_are_cleaned() -> None:
    assert clean_xml(b"<gpx>Z\xfcrich\x00\x0b\x1f</gpx>") == "<gpx>Z�rich</gpx>".encode()


@pytest.mark.parametrize(
    ("data", "root"),
    [
        (b"<gpx>", "gpx"),
        (b"<GPX version='1.1'>", "gpx"),
        (b"<ns0:gpx>", "gpx"),
        (b"<!-- <tcx> --><?stylesheet <tcx> ?>\n <gpx/>", "gpx"),
        (b"<!DOCTYPE html><html>", "!doctype html"),
        (b"<!doctype HTML>", "!doctype html"),
        (b"<!-- never closed <gpx>", None),
        (b"<? never closed <gpx>", None),
        (b"<1gpx>", None),
        (b"gpx", None),
        (b"<", None),
        (b"", None),
    ],
)
def test_root_name(data: bytes, root: str | None) -> None:
    assert root_name(data) == root
