"""The pages that the browser shows at the end of a login: plain HTML of our own that loads nothing from anywhere."""

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
    """What a page says: a status, a headline and paragraphs of plain text."""

    status: int
    sign: str
    title: str
    paragraphs: tuple[str, ...]

    def html(self) -> bytes:
        """The page itself; whatever was put into it is text and stays text."""
        said = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in self.paragraphs)
        return _HTML.format(title=escape(self.title), style=_STYLE, sign=self.sign, paragraphs=said).encode()


def headers() -> dict[str, str]:
    """What goes with every page: nothing is loaded, framed, stored, or told to others (the address holds the code)."""
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
    """The login is done; ``missing`` says what stays out of sight, where something does."""
    said = (missing,) if missing else ()
    return Page(200, "✓", f"Connected as {name}", (*said, "Next in the terminal: runcoach sync", _GO_BACK))


def failed(message: str, hint: str | None) -> Page:
    """The login did not come to its end, for this reason."""
    said = (f"{message[:1].upper()}{message[1:]}.", *((f"What helps: {hint}.",) if hint else ()))
    return Page(200, "✗", "Not connected", (*said, "Nothing was stored.", _GO_BACK))


def called_off() -> Page:
    """The terminal is gone, or somebody pressed Ctrl-C there."""
    return Page(503, "✗", "Not connected", ("The login was called off in the terminal.",))


def stranger() -> Page:
    """The address does not belong to the login that waits; that one goes on waiting."""
    said = "Its address is not the one that the login waits for: it comes from an earlier one, or was cut short."
    return Page(400, "?", "This page belongs to another login", (said, "The login in the terminal is still waiting."))


def used() -> Page:
    """The same address a second time (a reload)."""
    return Page(410, "✓", "This login has been dealt with", ("The terminal says how it ended.", _GO_BACK))


def refused(status: int) -> Page:
    """Anything else that is asked of the little server: another path or method, or no HTTP at all."""
    return Page(status, "?", "There is nothing here", ("This address only waits for the answer to a login.",))
