"""The login page for browsers, which takes the server token, and the logout."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from runcoach.services.server_token import end_session
from runcoach.web.security import COOKIE, Access, client_address, session_cookie, start_session, throttled
from runcoach.web.templating import page

router = APIRouter(include_in_schema=False)

_NOT_STORED = {"Cache-Control": "no-store"}


@router.get("/login")
def ask(request: Request) -> Response:
    """The form, or a redirect to the overview where no token is required."""
    if not request.app.state.access.demands_token:
        return RedirectResponse("/", 303, _NOT_STORED)
    return page(request, "login.html", is_wrong=False)


@router.post("/login")
def enter(request: Request, token: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Start a session where the token is right; 429 after too many failed attempts, right or wrong."""
    access: Access = request.app.state.access
    if refusal := throttled(access, request.scope):
        return refusal
    if not access.is_token(token.strip()):
        access.attempts.count_failure(client_address(request.scope))
        return page(request, "login.html", status=401, is_wrong=True)
    response = RedirectResponse("/", 303, _NOT_STORED)
    start_session(access, response, is_secure=request.headers.get("origin", "").startswith("https:"))
    return response


@router.post("/logout")
def leave(request: Request) -> Response:
    """End the session, for any copy of its cookie too."""
    access: Access = request.app.state.access
    if session := access.session(session_cookie(request.headers)):
        access.ended.add(session[0])
        if not access.token_in_url:  # that token ends with this process, and its sessions with it
            end_session(request.app.state.config, *session)
    response = RedirectResponse("/login", 303, _NOT_STORED)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response
