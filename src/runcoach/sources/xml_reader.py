"""Reads an XML document as a stream of events, without building a tree.

Documents with byte order marks, blanks before the declaration, other encodings, malformed or forbidden characters are
cleaned first. Namespaces are not resolved: extensions come with any prefix, declared or not, and are known by their
local names.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.parsed_file import counted

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_BLANKS = b" \t\r\n\x00"
_DECLARATION = re.compile(rb"<\?xml\b[^>]*\?>")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_PROLOGUE = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_NAME = rb"[A-Za-z_\x80-\xff][A-Za-z0-9_.\x80-\xff-]{0,80}"
_ELEMENT = re.compile(rb"<(?:" + _NAME + rb":)?(" + _NAME + rb")[\s/>]")
_DOCTYPE = re.compile(rb"<!DOCTYPE\s+(" + _NAME + rb")", re.IGNORECASE)

_BYTE_ORDER_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Prefixes of the codecs that a declaration may name. Python's other codecs are not text, or not linear in time.
_TEXT_CODECS = ("ascii", "iso8859", "cp", "koi8", "mac", "gb", "big5", "shift_jis", "euc", "tis")

#: Characters that XML forbids.
_FORBIDDEN = bytes(code for code in range(0x20) if code not in b"\t\n\r")

#: expat's error codes for a truncated document: no element found, unclosed token, partial character, unclosed CDATA.
_TRUNCATED = frozenset({3, 5, 6, 20})


class XmlHandler(Protocol):
    """Receives the events of :func:`read_xml`."""

    #: Pieces of character data; cleared by the handler.
    text: list[str]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Start of an element; the name includes its prefix."""

    def end(self, name: str) -> None:
        """End of an element."""


@dataclass(frozen=True, slots=True)
class XmlError:
    """Where a document is malformed or truncated; ``reason`` is None where it is truncated."""

    line: int
    lost_bytes: int
    reason: str | None

    def note(self, samples: int) -> str:
        """The warning, with the number of samples before the error."""
        unread = "" if self.reason is None else f", {counted(self.lost_bytes, 'byte')} unread"
        return f"{self.position}{unread}: {counted(samples, 'sample')} kept"

    @property
    def position(self) -> str:
        """The line and the reason."""
        if self.reason is None:
            return f"cut off in line {self.line}"
        return f"not XML from line {self.line} on ({self.reason})"


def clean_xml(data: bytes) -> bytes:
    """The document in UTF-8, from its first ``<``, without declaration and forbidden characters."""
    mark, encoding = next(((mark, name) for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), (b"", None))
    data = data[len(mark) :]
    if encoding is not None:
        data = _to_utf8(data, encoding)
    data = data.lstrip(_BLANKS)
    declaration = _DECLARATION.match(data, 0, 400)
    if declaration is not None:
        declared = _declared_encoding(declaration[0])
        data = data[declaration.end() :]
        # A byte order mark is more reliable; a declaration readable in single bytes is never UTF-16.
        if encoding is None and declared is not None:
            data = _to_utf8(data, declared)
    return _to_utf8(data, "utf-8").translate(None, _FORBIDDEN)


def _declared_encoding(declaration: bytes) -> str | None:
    match = _ENCODING.search(declaration)
    try:
        name = codecs.lookup(match[1].decode("ascii")).name if match else None
    except LookupError:
        return None
    return name if name is not None and name.startswith(_TEXT_CODECS) else None


def _to_utf8(data: bytes, encoding: str) -> bytes:
    """``data`` in UTF-8; the same object if it is valid UTF-8 already."""
    if encoding in {"utf-8", "ascii"}:
        try:
            data.decode()
        except UnicodeDecodeError:
            return data.decode("utf-8", "replace").encode()
        return data
    return data.decode(encoding, "replace").encode()


def root_name(clean: bytes) -> str | None:
    """The local name of the root element in lower case; ``!doctype NAME`` where a DOCTYPE precedes it."""
    prologue = _PROLOGUE.match(clean)
    at = prologue.end() if prologue is not None else 0
    doctype = _DOCTYPE.match(clean, at)
    found = doctype or _ELEMENT.match(clean, at)
    if found is None:
        return None
    name = found[1].decode("utf-8", "replace").casefold()
    return f"!doctype {name}" if doctype else name


def local_name(name: str) -> str:
    """An element's name without its prefix, in lower case."""
    return name.rpartition(":")[2].casefold()


def read_xml(clean: bytes, handler: XmlHandler) -> XmlError | None:
    """Pass a cleaned document to a handler; the first error, after which nothing is read.

    Raises HostileFileError where it declares a DOCTYPE or an entity, without processing it.
    """
    from xml.sax import SAXParseException  # the exception alone; the parser is the defused one
    from xml.sax.handler import ContentHandler

    from defusedxml.common import DefusedXmlException
    from defusedxml.expatreader import create_parser

    parser = create_parser(forbid_dtd=True)
    # Replaces SAX's own methods, which wrap the attributes of every element in an object.
    parser.start_element = handler.start
    parser.end_element = handler.end
    content_handler: Any = ContentHandler()
    content_handler.characters = handler.text.append
    parser.setContentHandler(content_handler)
    try:
        parser.feed(clean)
        parser.close()
    except DefusedXmlException:
        raise doctype_error() from None
    except SAXParseException as error:
        return _xml_error(error, clean)
    return None


def read_element(clean: bytes) -> Element:
    """A small cleaned document as a tree. SourceError where it is malformed, HostileFileError as :func:`read_xml`."""
    from xml.parsers.expat import ErrorString

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root: Element = fromstring(clean, forbid_dtd=True)
    except DefusedXmlException:
        raise doctype_error() from None
    except ParseError as error:
        reason = None if error.code in _TRUNCATED else ErrorString(error.code)
        raise SourceError(XmlError(error.position[0], 0, reason).position) from None
    return root


def doctype_error() -> HostileFileError:
    """The error for a document with a DOCTYPE, which may define entities."""
    return HostileFileError(
        "declares a DOCTYPE or entities, which no recording needs and which can do harm",
        hint="export it again, or delete the <!DOCTYPE …> if you trust it",
    )


def _xml_error(error: Any, clean: bytes) -> XmlError:
    line, column = error.getLineNumber() or 1, error.getColumnNumber() or 0
    code = getattr(error.getException(), "code", None)
    line_start = 0
    for _ in range(line - 1):
        line_start = clean.find(b"\n", line_start) + 1
    lost_bytes = max(0, len(clean) - line_start - column)
    return XmlError(line, lost_bytes, None if code in _TRUNCATED else str(error.getMessage()))
