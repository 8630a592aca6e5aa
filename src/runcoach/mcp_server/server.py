"""The server on standard input and output, with its tools."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import ValidationError

from runcoach import __version__
from runcoach.config import Config
from runcoach.errors import RuncoachError
from runcoach.mcp_server.activity_tools import ActivityTools
from runcoach.mcp_server.coach_tools import CoachTools
from runcoach.mcp_server.profile import Profile

INSTRUCTIONS = """\
Figures of one runner's training, read from a file on this machine. Every figure was measured or computed by runcoach;
units are part of the names (M metres, S seconds, Bpm beats a minute). Quote figures as they are, with their date and
method; never estimate one that is missing. An answer that says "more" is not complete: ask again with its offset.
"""

_READ_ONLY = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)


def make_server(config: Config, *, include_strava_api: bool) -> MCPServer:
    """The server for one profile; see :class:`~runcoach.mcp_server.profile.Profile` for ``include_strava_api``."""
    server = _Server("runcoach", version=__version__, instructions=INSTRUCTIONS, log_level="ERROR")
    profile = Profile(config, include_strava_api=include_strava_api)
    for tool in (*ActivityTools(profile).all(), *CoachTools(profile).all()):
        server.add_tool(_explaining(tool), annotations=_READ_ONLY, structured_output=False)
    return server


def run(config: Config, *, include_strava_api: bool) -> None:
    """Serve until standard input ends."""
    make_server(config, include_strava_api=include_strava_api).run("stdio")


class _Server(MCPServer):
    """Refuses unknown arguments, which the SDK ignores, and shortens its messages about wrong ones."""

    async def call_tool(
        self, name: str, arguments: dict[str, object], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; ToolError for wrong arguments says what would be right."""
        known = {tool.name: tool.input_schema["properties"] for tool in await self.list_tools()}
        if name in known and (unknown := sorted(set(arguments) - set(known[name]))):
            raise ToolError(f"{name} has no argument {unknown[0]!r}; it has {', '.join(known[name]) or 'none'}")
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if not isinstance(error.__cause__, ValidationError):
                raise
            wrong = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.__cause__.errors())
            raise ToolError("; ".join(wrong)) from error


def _explaining(tool: Callable[..., str]) -> Callable[..., str]:
    """Turn runcoach's errors into answers that say what would be right."""

    @wraps(tool)
    def call(*arguments: Any, **options: Any) -> str:
        try:
            return tool(*arguments, **options)
        except RuncoachError as error:
            raise ToolError(error.message + (f"; {error.hint}" if error.hint else "")) from error

    call.__signature__ = inspect.signature(tool, eval_str=True)  # type: ignore[attr-defined]
    return call
