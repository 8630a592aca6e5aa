"""The page at which someone who has the access token logs in with a browser, and the way out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from runcoach.web.security import COOKIE
from runcoach.web.templating import page

if TYPE_CHECKING:
    from runcoach.web.security import Access

router = APIRouter(include_in_schema=False)

#: A browser stays logged in for so long, or until the token is changed.
_STAYS_S = 30 * 86_400


@router.get("/login")
def ask(request: Request) -> Response:
    """The form; who needs none is sent on."""
    if not _access(request).demands_token:
        return RedirectResponse("/", 303, {"Cache-Control": "no-store"})
    return page(request, "login.html", is_wrong=False)


@router.post("/login")
def enter(request: Request, token: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Compare the token and remember the browser with a cookie that is of no use anywhere else."""
    access = _access(request)
    if not access.is_token(token.strip()):
        return page(request, "login.html", status=401, is_wrong=True)
    response = RedirectResponse("/", 303, {"Cache-Control": "no-store"})
    response.set_cookie(
        COOKIE,
        access.session(),
        max_age=_STAYS_S,
        httponly=True,
        samesite="strict",
        secure=request.headers.get("origin", "").startswith("https:"),
    )
    return response


@router.post("/logout")
def leave(request: Request) -> Response:  # noqa: ARG001  (the framework hands it in)
    """Forget this browser."""
    response = RedirectResponse("/login", 303, {"Cache-Control": "no-store"})
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


def _access(request: Request) -> Access:
    access: Access = request.app.state.access
    return access
