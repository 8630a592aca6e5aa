"""The pages a person sees in the browser: consent and a front page; plain HTML of our own, nothing of Strava's look."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcoach.sandbox.strava.oauth_server import Ask

#: What each scope means, in the words of the page.
_MEANING = {
    "read": "Read the public profile (always granted)",
    "read_all": "Read private routes and segments",
    "profile:read_all": "Read everything in the profile",
    "profile:write": "Change weight and gear",
    "activity:read": "Read activities that everyone or followers may see",
    "activity:read_all": "Read activities that only you may see, too",
    "activity:write": "Upload and change activities",
}

#: Granted with every login; the others can be unticked.
ALWAYS = "read"

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 1.05rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem; }}
button {{ font: inherit; padding: .5rem 1.2rem; margin: 1rem .5rem 0 0; }}
label {{ display: block; padding: .25rem 0; }}
.note {{ color: #555; }}
</style></head><body>
{body}
</body></html>
"""


def consent_page(ask: Ask, handle: str, athlete: str) -> bytes:
    """The scopes that an app wants, each with a box to untick, and the two buttons."""
    boxes = "\n".join(_box(scope) for scope in ask.scopes)
    body = f"""<h1>Connect to the sandbox?</h1>
<p class="note">This is runcoach's stand-in for Strava, with a made-up runner. No real account is involved.</p>
<p>An app wants to, as <b>{escape(athlete)}</b>:</p>
<form method="post" action="/oauth/accept_application">
<input type="hidden" name="request" value="{escape(handle)}">
{boxes}
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>"""
    return _PAGE.format(title="Connect to the sandbox?", body=body).encode()


def _box(scope: str) -> str:
    fixed = " disabled" if scope == ALWAYS else ""
    text = f"{escape(_MEANING[scope])} <code>{escape(scope)}</code>"
    return f'<label><input type="checkbox" name="scope" value="{escape(scope)}" checked{fixed}> {text}</label>'


def front_page(activities: int) -> bytes:
    """What this server is, for someone who opens its address."""
    body = f"""<h1>runcoach sandbox</h1>
<p>A stand-in for Strava on this machine alone, with a made-up runner who has {activities} activities.</p>
<p class="note">What can be switched: <code>GET /sandbox</code>.</p>"""
    return _PAGE.format(title="runcoach sandbox", body=body).encode()
