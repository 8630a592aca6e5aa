"""Reads an XML document once from front to back and hands its events to a reader; no tree is built.

Namespaces are not resolved: extensions are met with any prefix, declared or not, and a reader goes by local names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from runcoach.errors import HostileFileError
from runcoach.sources.parsed_file import counted

#: What expat says where a document ends too early: no element found, unclosed token, partial character, unclosed CDATA.
_CUT_OFF = frozenset({3, 5, 6, 20})


class XmlReader(Protocol):
    """What makes something of the events; called for each of them, and so the place where the time goes."""

    #: Pieces of text as they come; it is the reader that clears them.
    text: list[str]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; the name has its prefix."""

    def end(self, name: str) -> None:
        """An element ends."""


@dataclass(frozen=True, slots=True)
class Breakage:
    """Where a document stops making sense, and why; what came before it has been read."""

    line: int
    lost_bytes: int
    reason: str | None

    def note(self, samples: int) -> str:
        """The clause that tells a person of it."""
        unread = "" if self.reason is None else f", {counted(self.lost_bytes, 'byte')} unread"
        return f"{self.place}{unread}: {counted(samples, 'sample')} kept"

    @property
    def place(self) -> str:
        """Where it is, and why."""
        if self.reason is None:
            return f"cut off in line {self.line}"
        return f"not XML from line {self.line} on ({self.reason})"


def local_name(name: str) -> str:
    """An element's name without its prefix, in lower case."""
    return name.rpartition(":")[2].casefold()


def read_xml(clean: bytes, reader: XmlReader) -> Breakage | None:
    """Feed a document (UTF-8, without declaration) to a reader; what breaks it off, if anything does.

    Raises HostileFileError where it declares a DOCTYPE or an entity, before any of that is looked at.
    """
    from xml.sax import SAXParseException  # the exception alone; the parser is the defused one

    from defusedxml.common import DefusedXmlException

    parser = _parser(reader)
    try:
        parser.feed(clean)
        parser.close()
    except DefusedXmlException:
        raise doctype_refusal() from None
    except SAXParseException as error:
        return _breakage(error, clean)
    return None


def doctype_refusal() -> HostileFileError:
    """The error for a document that defines its own entities, or could."""
    return HostileFileError(
        "declares a DOCTYPE or entities, which no recording needs and which can do harm",
        hint="export it again, or delete the <!DOCTYPE …> if you trust it",
    )


def _parser(reader: XmlReader) -> Any:
    from xml.sax.handler import ContentHandler

    from defusedxml.expatreader import create_parser

    parser = create_parser(forbid_dtd=True)
    # In place of SAX's own methods, which would wrap the attributes of every element in an object.
    parser.start_element = reader.start
    parser.end_element = reader.end
    handler: Any = ContentHandler()
    handler.characters = reader.text.append
    parser.setContentHandler(handler)
    return parser


def _breakage(error: Any, clean: bytes) -> Breakage:
    line, column = error.getLineNumber() or 1, error.getColumnNumber() or 0
    code = getattr(error.getException(), "code", None)
    begin = 0
    for _ in range(line - 1):
        begin = clean.find(b"\n", begin) + 1
    lost = max(0, len(clean) - begin - column)
    return Breakage(line, lost, None if code in _CUT_OFF else str(error.getMessage()))
