"""An HTTP server on 127.0.0.1 with a thread per connection, all of which it can end."""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any


class LoopbackServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1; :meth:`end_connections` also closes those that browsers open in advance."""

    daemon_threads = True
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), handler)

    def server_bind(self) -> None:
        """Bind without the reverse DNS look-up of the base class."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for each connection and register both for :meth:`end_connections`."""
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        with self._lock:
            self._connections[request] = thread
        thread.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._connections.pop(request, None)

    def end_connections(self, timeout_s: float) -> bool:
        """Stop listening and end every connection; False where a thread has not ended after ``timeout_s``."""
        self.server_close()
        with self._lock:
            left = dict(self._connections)
        for connection, thread in left.items():
            with suppress(OSError):  # already closed
                connection.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it
            thread.join(timeout_s)
        return not any(thread.is_alive() for thread in left.values())
