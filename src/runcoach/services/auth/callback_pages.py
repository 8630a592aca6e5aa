"""The HTML pages at the end of a login; they load nothing from other hosts."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1.1rem/1.55 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto 0; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
p.sign { font-size: 2.5rem; margin: 0; }
p.note { opacity: .7; }
"""

_HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>{title} · runcoach</title>
<style>{style}</style>
</head>
<body>
<p class="sign" aria-hidden="true">{sign}</p>
<h1>{title}</h1>
{paragraphs}
<p class="note">runcoach, on this machine</p>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A page: HTTP status, icon, headline and paragraphs of plain text."""

    status: int
    sign: str
    title: str
    paragraphs: tuple[str, ...]

    def html(self) -> bytes:
        """The page as HTML, with all text escaped."""
        body = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in self.paragraphs)
        return _HTML.format(title=escape(self.title), style=_STYLE, sign=self.sign, paragraphs=body).encode()


def headers() -> dict[str, str]:
    """Headers of every page: no loading, framing or caching, and no referrer, because the URL holds the code."""
    style = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style}'; img-src data:"
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": f"{policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


_GO_BACK = "You can close this window and go back to the terminal."


def connected(name: str, missing: str | None) -> Page:
    """The login succeeded; ``missing`` names what the granted scope leaves out."""
    notes = (missing,) if missing else ()
    return Page(200, "✓", f"Connected as {name}", (*notes, "Next in the terminal: runcoach sync", _GO_BACK))


def failed(message: str, hint: str | None) -> Page:
    """The login failed for this reason."""
    reason = (f"{message[:1].upper()}{message[1:]}.", *((f"What helps: {hint}.",) if hint else ()))
    return Page(200, "✗", "Not connected", (*reason, "Nothing was stored.", _GO_BACK))


CANCELLED = Page(503, "✗", "Not connected", ("The login was cancelled in the terminal.",))

#: The URL belongs to another login; the one in the terminal goes on waiting.
UNKNOWN_LOGIN = Page(
    400,
    "?",
    "This page belongs to another login",
    (
        "Its address is not the one that the login waits for: it comes from an earlier one, or was cut short.",
        "The login in the terminal is still waiting.",
    ),
)

#: The same URL a second time (a reload).
ALREADY_USED = Page(410, "✓", "This login has been dealt with", ("The terminal says how it ended.", _GO_BACK))


def error_page(status: int) -> Page:
    """Any other request: another path or method, or malformed HTTP."""
    return Page(status, "?", "There is nothing here", ("This address only waits for the answer to a login.",))
