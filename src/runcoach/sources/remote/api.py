"""GET requests to an API with an authorization: their parameters, and a refusal as an error of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.errors import InvalidResponseError, NotFoundError, RemoteRefusedError, RuncoachError
from runcoach.sources.remote.exchange import JSON, TRIES, ApiRequest, ApiResponse

if TYPE_CHECKING:
    from runcoach.sources.remote.transport import Transport

Params = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class RemoteApi:
    """The API at ``base_url``; ``refusals`` makes the error for a status by which the service refuses the credentials.

    Bodies of refusals are never repeated: they may quote what was sent.
    """

    transport: Transport
    base_url: str
    refusals: Mapping[int, Callable[[], RuncoachError]]

    def get(
        self,
        path: str,
        what: str,
        authorization: str,
        params: Params | None = None,
        *,
        accept: str = JSON,
        tries: int = TRIES,
    ) -> ApiResponse:
        """The answer to a GET of ``what``. NotFoundError for a 404, RemoteRefusedError for other refusals."""
        url = f"{self.base_url.rstrip('/')}/{path}"
        request = ApiRequest(
            "GET", url, what, params=params or {}, authorization=authorization, accept=accept, tries=tries
        )
        response = self.transport.send(request)
        if response.status >= 400:
            raise self.error(response.status, what)
        return response

    def error(self, status: int, what: str) -> RuncoachError:
        """The error for a status of 400 to 499 (429 apart)."""
        service = self.transport.service
        if status in self.refusals:
            return self.refusals[status]()
        if status == 404:
            return NotFoundError(f"{service.name} has no {what}", hint="it was deleted, or belongs to someone else")
        return RemoteRefusedError(f"{service.name} refuses {what} ({status})", service=service.code)

    def objects(self, response: ApiResponse) -> list[dict[str, object]]:
        """The rows of an answer that is a list of objects; InvalidResponseError for any other."""
        rows = response.data
        if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
            return rows
        name = self.transport.service.name
        raise InvalidResponseError(f"{name}'s answer is not what its API describes: the list is not a list of objects")
