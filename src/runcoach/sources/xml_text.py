"""The bytes of an XML file → clean UTF-8 without a declaration, and the name of its outermost element.

Files come with byte order marks, blanks before the declaration, other encodings, broken characters and characters
that XML forbids; none of that keeps the points in them from being read.
"""

from __future__ import annotations

import codecs
import re

_BLANKS = b" \t\r\n\x00"
_DECLARATION = re.compile(rb"<\?xml\b[^>]*\?>")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_PROLOGUE = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_NAME = rb"[A-Za-z_\x80-\xff][A-Za-z0-9_.\x80-\xff-]{0,80}"
_ELEMENT = re.compile(rb"<(?:" + _NAME + rb":)?(" + _NAME + rb")[\s/>]")
_DOCTYPE = re.compile(rb"<!DOCTYPE\s+(" + _NAME + rb")", re.IGNORECASE)

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Encodings of text that a declaration may name, by the beginning of Python's name for them. What else Python can
#: decode is no text, or costs more than linear time.
_TEXT_ENCODINGS = ("ascii", "iso8859", "cp", "koi8", "mac", "gb", "big5", "shift_jis", "euc", "tis")

#: What XML allows nowhere.
_FORBIDDEN = bytes(code for code in range(0x20) if code not in b"\t\n\r")


def clean_xml(data: bytes) -> bytes:
    """The same document in UTF-8, from its first ``<``, without declaration and forbidden characters."""
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", None))
    data = data[len(mark) :]
    if encoding is not None:
        data = _as_utf8(data, encoding)
    data = data.lstrip(_BLANKS)
    declaration = _DECLARATION.match(data, 0, 400)
    if declaration is not None:
        stated = _declared(declaration[0])
        data = data[declaration.end() :]
        # A mark has told the truth already; a declaration that can be read in single bytes is not of UTF-16.
        if encoding is None and stated is not None:
            data = _as_utf8(data, stated)
    return _as_utf8(data, "utf-8").translate(None, _FORBIDDEN)


def _declared(declaration: bytes) -> str | None:
    """The encoding of text that a declaration names."""
    named = _ENCODING.search(declaration)
    try:
        name = codecs.lookup(named[1].decode("ascii")).name if named else None
    except LookupError:
        return None
    return name if name is not None and name.startswith(_TEXT_ENCODINGS) else None


def _as_utf8(data: bytes, encoding: str) -> bytes:
    """``data`` in UTF-8; the same object where it is that already."""
    if encoding in {"utf-8", "ascii"}:
        try:
            data.decode()
        except UnicodeDecodeError:
            return data.decode("utf-8", "replace").encode()
        return data
    return data.decode(encoding, "replace").encode()


def root_name(clean: bytes) -> str | None:
    """The local name of the outermost element in lower case; ``!doctype NAME`` where a DOCTYPE stands before it."""
    at = _prologue_end(clean)
    doctype = _DOCTYPE.match(clean, at)
    if doctype is not None:
        return f"!doctype {_text(doctype[1])}"
    element = _ELEMENT.match(clean, at)
    return _text(element[1]) if element is not None else None


def _prologue_end(clean: bytes) -> int:
    prologue = _PROLOGUE.match(clean)
    return prologue.end() if prologue is not None else 0


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace").casefold()
