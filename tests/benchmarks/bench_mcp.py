"""The start of ``runcoach mcp`` against a bare server of the same SDK with one tool; both end with their input."""

from __future__ import annotations

import shlex
import sys
import tempfile

from timing import compare

BARE = """
from mcp.server.mcpserver import MCPServer
server = MCPServer("bare")
@server.tool()
def totals(by: str = "month") -> str:
    return by
server.run("stdio")
"""


def main() -> None:
    ours = f"{shlex.quote(sys.executable)} -m runcoach mcp </dev/null"
    bare = f"{shlex.quote(sys.executable)} -c {shlex.quote(BARE)} </dev/null"
    with tempfile.TemporaryDirectory() as folder:
        compare("mcp", ["sh", "-c", ours], ["sh", "-c", bare], promise=1.4, RUNCOACH_HOME=folder)


if __name__ == "__main__":
    main()
