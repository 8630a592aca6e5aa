"""A process that runs real ``runcoach`` commands and dies on demand: ``killing`` starts it, nothing else should.

It imports runcoach once and forks for every command, so that a hundred deaths cost seconds. Commands that run at the
same time are a JSON list on a line of stdin, how each ended is one on stdout. Where a command has to die at its nth
point, every place is a point at which something becomes lasting: before and after each commit, each rename and removal
of a file in the person's folders, each entry of the vault, and each request that changes something at Strava.
"""

from __future__ import annotations

import gc
import json
import os
import re
import select
import signal
import sqlite3
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

#: What a statement outside of a transaction begins with where it commits by itself.
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "ALTER", "DROP", "VACUUM")

#: Numbers of processes and moments, in the names of files.
_NUMBER = re.compile(r"\d{2,}")

#: Which table a statement writes to.
_WRITTEN = re.compile(
    r"\s*(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+(\w+)", re.IGNORECASE
)

#: Capabilities that let root read and write whatever the permissions say (linux/capability.h).
_DAC_OVERRIDE, _DAC_READ_SEARCH, _PR_CAPBSET_DROP = 1, 2, 24

#: What most commands import, so that it is not imported in each child.
_IMPORTED = (
    "cryptography.fernet",
    "filelock",
    "httpcore",
    "rich.table",
    "runcoach.services.imports.import_files",
    "runcoach.services.queries.status",
    "runcoach.services.sync.all_sources",
    "runcoach.services.sync.remote.sync",
    "runcoach.services.sync.sync",
    "runcoach.sources.garmin.client",
    "runcoach.sources.strava.streams",
    "runcoach.store.sqlite.backups",
    "runcoach.store.sqlite.migrations",
    "runcoach.store.sqlite.tables",
    "runcoach.store.sqlite.tables.remote",
    "tomllib",
    "tzfpy",
)


class Points:
    """Counts the points that a process comes to, tells each to its parent, and dies at the one it is told to.

    A point is its name and how many of that name came before: threads travel in another order every time. ``loses`` are
    files that vanish at the point ``loses_at``.
    """

    def __init__(
        self, tell: int, dies_at: Sequence[Any] = (), loses_at: Sequence[Any] = (), loses: Sequence[str] = ()
    ) -> None:
        self._dies_at = tuple(dies_at)
        self._loses_at = tuple(loses_at)
        self._loses = [Path(name) for name in loses]
        self._remove = os.unlink
        self._tell = tell
        self._lock = threading.Lock()
        self._before: Counter[str] = Counter()

    def reach(self, name: str) -> None:
        """One more."""
        with self._lock:
            os.write(self._tell, f"{name}\n".encode())
            point = name, self._before[name]
            if point == self._dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
            if point == self._loses_at:
                for path in filter(Path.exists, self._loses):
                    self._remove(path)
            self._before[name] += 1

    def around(self, name: str, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Do something lasting, with a point before and one behind it."""
        self.reach(f"before {name}")
        result = act(*args, **kwargs)
        self.reach(f"after {name}")
        return result


def watch(points: Points) -> None:
    """Put a point before and behind everything that lasts."""
    _watch_sqlite(points)
    _watch_files(points)
    _watch_vault_and_strava(points)


def _watch_sqlite(points: Points) -> None:
    connect = sqlite3.connect

    def watched(database: Any, *args: Any, **kwargs: Any) -> sqlite3.Connection:
        base = kwargs.pop("factory", sqlite3.Connection)

        class Watched(base):  # type: ignore[misc,valid-type]
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                self.written: set[str] = set()
                self.set_trace_callback(self.note)

            def note(self, sql: str) -> None:
                if found := _WRITTEN.match(sql[:120]):
                    self.written.add(found[1].lower())

            def execute(self, sql: str, *values: Any) -> Any:
                verb = sql.lstrip().upper()
                if verb.startswith("COMMIT"):
                    tables, self.written = ", ".join(sorted(self.written)), set()
                    return points.around(f"COMMIT of {tables}", super().execute, sql, *values)
                if verb.startswith(_WRITES) and not self.in_transaction:
                    return points.around(verb.split()[0], super().execute, sql, *values)
                return super().execute(sql, *values)

            def backup(self, *values: Any, **named: Any) -> Any:
                return points.around("backup", super().backup, *values, **named)

        return connect(database, *args, factory=Watched, **kwargs)

    sqlite3.connect = watched  # type: ignore[assignment]


def _watch_files(points: Points) -> None:
    home = os.environ["RUNCOACH_HOME"]

    def watched(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def watched_act(path: Any, *args: Any, **kwargs: Any) -> Any:
            if not str(path).startswith(home) or str(path).endswith(".lock"):
                return act(path, *args, **kwargs)
            return points.around(f"{name} {_NUMBER.sub('N', Path(path).name)}", act, path, *args, **kwargs)

        return watched_act

    for name in ("replace", "rename", "unlink", "remove"):
        setattr(os, name, watched(name, getattr(os, name)))


def _watch_vault_and_strava(points: Points) -> None:
    from runcoach.sources.remote.transport import Transport
    from runcoach.vault import Vault

    def kept(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        return lambda vault, *args: points.around(f"vault {name}", act, vault, *args)

    for name in ("seal_and_put", "delete"):
        setattr(Vault, name, kept(name, getattr(Vault, name)))
    send = Transport.send

    def sent(self: Any, call: Any) -> Any:
        return send(self, call) if call.method == "GET" else points.around(f"POST {call.what}", send, self, call)

    Transport.send = sent  # type: ignore[method-assign]


def _obey_permissions() -> None:
    """From the next exec on, and at once for this process where it is root: permissions hold for it too."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def _bound_files(largest_bytes: int | None) -> None:
    """No file that this process writes may grow beyond that; None: any may."""
    import resource

    largest = resource.RLIM_INFINITY if largest_bytes is None else largest_bytes
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))


def _live(order: dict[str, Any], tell: int) -> None:
    """Be the command: with its environment, its clock, its limits, until its end."""
    os.environ.clear()
    os.environ.update(order["env"])
    os.umask(0o022)
    _bound_files(order.get("file_bytes"))
    if order.get("now"):
        import time_machine

        time_machine.travel(order["now"], tick=True).start()
    if order.get("obeys_permissions"):
        _obey_permissions()
        os.execv(sys.executable, [sys.executable, "-m", "runcoach", *order["argv"]])
    if order.get("watched"):
        watch(Points(tell, **{name: order[name] for name in ("dies_at", "loses_at", "loses") if name in order}))
    from runcoach.__main__ import main

    sys.argv = ["runcoach", *order["argv"]]
    code = main()
    _bound_files(None)  # what is written from here on is not the command's: the coverage of a test run, say
    import atexit

    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class Child:
    """One command under way in a process of its own."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._killed_after_s = order.get("killed_after_s")
        self._streams = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]  # noqa: SIM115
        self._listen, tell = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                for number, stream in enumerate(self._streams, start=1):
                    os.dup2(stream.fileno(), number)
                _live(order, tell)
            except BaseException:  # noqa: BLE001
                import traceback

                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(70)
        os.close(tell)

    def ended(self) -> dict[str, Any]:
        """Wait for its end (or kill it when its time is over), and say how it came."""
        told = self._told()
        code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        os.close(self._listen)
        texts = []
        for stream in self._streams:
            with stream:
                stream.seek(0)
                texts.append(stream.read().decode(errors="replace"))
        return {"code": code, "points": told.decode().splitlines(), "out": texts[0], "err": texts[1]}

    def _told(self) -> bytes:
        """What it tells until it has ended; one that is to be killed after a time tells nothing before."""
        told = b""
        patience_s = self._killed_after_s
        while True:
            ready, _, _ = select.select([self._listen], [], [], patience_s)
            if not ready:
                os.kill(self._pid, signal.SIGKILL)
                patience_s = None
                continue
            part = os.read(self._listen, 65536)
            if not part:
                return told
            told += part


def main() -> None:
    """Take orders until there are no more."""
    from importlib import import_module

    import time_machine  # noqa: F401

    import runcoach.cli.app  # noqa: F401

    for name in _IMPORTED:
        import_module(name)
    for name in ("sync", "import_files", "status", "best", "activities", "totals", "jobs", "audit"):
        import_module(f"runcoach.cli.commands.{name}")
    # A garbage collection in a child would write to, and so copy, all pages that it shares with this process.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        children = [Child(order) for order in json.loads(line)]
        print(json.dumps([child.ended() for child in children]), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
