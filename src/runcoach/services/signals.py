"""A stretch of work that Ctrl-C, a closed terminal and the end of a session wait for; it knows nothing of the work."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What asks a process to stop, as far as this operating system knows it.
_STOPS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def defer_signals() -> Iterator[None]:
    """Put off what asks this process to stop until the block is through; then it takes effect as ever.

    Only the main thread can do so, and only it is interrupted by Ctrl-C: elsewhere the block simply runs, and the
    interpreter waits for it at its end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    before = {
        number: signal.signal(number, lambda given, _: arrived.append(given))
        for number in _STOPS
        if signal.getsignal(number) not in {signal.SIG_IGN, None}  # ignored (nohup), or not Python's to change
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in arrived[:1]:
            signal.raise_signal(number)
